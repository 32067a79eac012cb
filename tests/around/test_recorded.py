"""What a real Flagger made around a canary, read and put together."""

from __future__ import annotations

from dashboard.around.services import Port
from dashboard.around.surroundings import Surroundings
from dashboard.canary import parse
from tests.around import things

KINDS = ("Service", "VirtualService")


def test_everything_that_flagger_made_is_found_around_its_canary() -> None:
    items = things.recorded()
    canary = parse("default", next(item for item in items if item["kind"] == "Canary"))
    surroundings = Surroundings()
    surroundings.apply("Canary", [canary])
    for kind in KINDS:
        things.put(surroundings, kind, *(item for item in items if item["kind"] == kind))
    things.put(surroundings, "Event", *things.events("all-gates"))
    around = surroundings.of(canary)
    assert around.services is not None
    named = {role: one.name for role, one in around.services.items()}
    assert named == {"apex": "test-api", "primary": "test-api-primary", "canary": "test-api-canary"}
    assert {dict(one.selector)["app"] for one in around.services.values()} == {"test-api", "test-api-primary"}
    # The second port is there by portDiscovery.
    assert around.services["apex"].ports == (
        Port("http", 38080, "38080", "TCP", ""),
        Port("metrics", 38081, "38081", "TCP", ""),
    )
    assert {one.owner for one in around.services.values()} == {"test-api"}
    route, *others = around.routes
    assert not others
    assert (route.hosts, route.gateways, route.owner) == (("test-api",), ("mesh",), "test-api")
    ends = [(to.service, to.weight, to.share) for to in route.rules[0].destinations]
    assert ends == [("test-api-primary", 100, 100), ("test-api-canary", 0, 0)]
    assert (around.delegates, around.bypasses, around.unread) == ((), (), ())
    assert around.events
    assert {event.canary_uid for event in around.events} == {canary.uid}
    moments = [event.last for event in around.events if event.last]
    assert moments == sorted(moments, reverse=True)
