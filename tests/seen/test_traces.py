"""Traces go to a real OTLP receiver where the standard variables say so; without them, or it, all works."""

from __future__ import annotations

from collections.abc import Iterator

import httpx
import pytest

from tests.conftest import Serve
from tests.gates.calls import ACCEPTED, ask, call, somebody
from tests.seen.collector import Collector, attributes

TOKEN = "webhook-token-T0PS3CR3T-aaaaaaaa"
TRACE = "0af7651916cd43dd8448eb211c80319c"
PARENT = f"00-{TRACE}-b7ad6b7169203331-01"


@pytest.fixture
def collector() -> Iterator[Collector]:
    """A receiver."""
    made = Collector()
    yield made
    made.close()


def test_each_request_is_a_span_in_the_trace_that_it_names(serve: Serve, collector: Collector) -> None:
    server = serve(
        OTEL_EXPORTER_OTLP_ENDPOINT=collector.url,
        OTEL_RESOURCE_ATTRIBUTES="deployment.environment=test",
        AVIARY_WEBHOOK_AUTH="token-writes",
        AVIARY_WEBHOOK_TOKENS=TOKEN,
    )
    opened = call(server, f"/t/{TOKEN}/gate/open", somebody(), headers={"traceparent": PARENT})
    httpx.get(f"{server.url}/canaries/pay/web?token={TOKEN}", timeout=30)
    # The end sends what is left.
    server.terminate()
    spans = {span.name: span for span in collector.spans}
    span = spans["POST /gate/open"]
    assert span.trace_id.hex() == TRACE
    about = attributes(span)
    assert about["url.path"] == "/t/•••/gate/open"
    assert about["http.response.status_code"] == 202
    assert about["aviary.request_id"] == opened.headers["x-request-id"]
    page = next(span for name, span in spans.items() if name.startswith("GET /canaries/<"))
    assert attributes(page)["url.path"] == "/canaries/pay/web"
    assert collector.resources["service.name"] == "aviary"
    assert collector.resources["deployment.environment"] == "test"
    assert TOKEN not in str(collector.spans)


def test_the_log_names_the_trace(serve: Serve, collector: Collector) -> None:
    server = serve(
        OTEL_EXPORTER_OTLP_ENDPOINT=collector.url, AVIARY_LOG_FORMAT="json", AVIARY_ACCESS_LOG="all"
    )
    call(server, "/gate/open", somebody(), headers={"traceparent": PARENT})
    server.terminate()
    assert f'"trace_id": "{TRACE}"' in server.output


def test_a_receiver_that_is_away_stops_nothing(serve: Serve) -> None:
    server = serve(OTEL_EXPORTER_OTLP_ENDPOINT="http://127.0.0.1:9", OTEL_BSP_SCHEDULE_DELAY="100")
    for _ in range(3):
        assert ask(server, "/gate/open", somebody()) == ACCEPTED
    assert server.terminate() in {0, -15}


@pytest.mark.parametrize(
    "environment",
    [
        {},
        {"OTEL_EXPORTER_OTLP_ENDPOINT": "http://127.0.0.1:9", "OTEL_SDK_DISABLED": "true"},
        {"OTEL_EXPORTER_OTLP_ENDPOINT": "http://127.0.0.1:9", "OTEL_TRACES_EXPORTER": "none"},
    ],
)
def test_without_them_nothing_of_it_is_loaded(serve: Serve, environment: dict[str, str]) -> None:
    server = serve(None, **environment)
    loaded = server.manage(
        "-c", "import dashboard.asgi, sys; print('opentelemetry.sdk' in sys.modules)", module="tests.seen.run"
    )
    assert loaded.strip() == "False"
