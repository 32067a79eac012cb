"""A span for each request, where OpenTelemetry's own variables say where to; without them nothing is loaded.

Our own few lines and not the library's for ASGI: that one writes whole addresses, with the tokens in them.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import threading
from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.urls import Resolver404, resolve

from dashboard import VERSION
from dashboard.access_log import address
from gates import addresses, request_id

log = logging.getLogger(__name__)

REMEDY = (
    "No traces: install opentelemetry-sdk and opentelemetry-exporter-otlp-proto-http, "
    "or unset OTEL_EXPORTER_OTLP_ENDPOINT"
)
# Seconds that the end waits for the last spans.
FAREWELL = 1.0
App = Callable[[dict[str, Any], Any, Any], Any]


def wanted() -> bool:
    """The variables ask for traces."""
    to = settings.TRACES_TO or os.environ.get("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "")
    off = os.environ.get("OTEL_SDK_DISABLED", "").lower() == "true"
    return bool(to) and not off and os.environ.get("OTEL_TRACES_EXPORTER", "otlp") == "otlp"


def install(app: App) -> App:
    """The application, with spans around it where they are wanted. Never fails: it works without."""
    if not wanted():
        return app
    try:
        tracer = _tracer()
    except ImportError:
        log.warning(REMEDY)
        return app
    except Exception:
        log.exception("Traces cannot be sent; everything else works")
        return app
    from opentelemetry import propagate, trace

    async def traced(scope: dict[str, Any], receive: Any, send: Any) -> None:
        if scope["type"] != "http":
            await app(scope, receive, _last(send) if scope["type"] == "lifespan" else send)
            return
        request_id.enter(scope)
        headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]}
        about = {"http.request.method": scope["method"], "url.path": address(scope).partition("?")[0]}
        parent = propagate.extract(headers)
        with tracer.start_as_current_span(
            _name(scope), parent, kind=trace.SpanKind.SERVER, attributes=about
        ) as span:

            async def told(message: dict[str, Any]) -> None:
                if message["type"] == "http.response.start":
                    span.set_attribute("http.response.status_code", message["status"])
                    if message["status"] >= 500:
                        span.set_status(trace.StatusCode.ERROR)
                await send(message)

            await app(scope, receive, told)
            span.set_attribute("aviary.request_id", request_id.current())

    return traced


def _last(send: Any) -> Any:
    """The same, which sends the last spans before the server hears that it may end."""

    async def told(message: dict[str, Any]) -> None:
        if message["type"].startswith("lifespan.shutdown"):
            await _farewell()
        await send(message)

    return told


async def _farewell() -> None:
    """Send what is left, for FAREWELL; in a thread that holds up nothing when nobody takes it."""
    from opentelemetry import trace

    provider: Any = trace.get_tracer_provider()
    loop, done = asyncio.get_running_loop(), asyncio.Event()

    def flush() -> None:
        provider.force_flush()
        with contextlib.suppress(RuntimeError):  # The loop has ended meanwhile.
            loop.call_soon_threadsafe(done.set)

    threading.Thread(target=flush, name="last spans", daemon=True).start()
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(FAREWELL):
            await done.wait()


def _tracer() -> Any:
    from opentelemetry import trace
    from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
    from opentelemetry.sdk.resources import Resource
    from opentelemetry.sdk.trace import TracerProvider
    from opentelemetry.sdk.trace.export import BatchSpanProcessor

    os.environ.setdefault("OTEL_SERVICE_NAME", "aviary")
    # Not at the exit: it would wait for a receiver that is away.
    about = Resource.create({"service.version": VERSION})
    provider = TracerProvider(resource=about, shutdown_on_exit=False)
    provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
    trace.set_tracer_provider(provider)
    return trace.get_tracer("aviary")


def _name(scope: dict[str, Any]) -> str:
    """Method and route, of which there are few: never a canary's name."""
    if addresses.owns(scope):
        found, _token = addresses.find(scope)
        return f"{scope['method']} {found.label if found else 'unknown'}"
    try:
        return f"{scope['method']} /{resolve(scope['path']).route}"
    except Resolver404:
        return f"{scope['method']} unknown"
