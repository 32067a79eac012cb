"""What the gates know of each webhook that asks here: policy, waiting, and whether Flagger asks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from dashboard.analysis import Hook as Webhook
from dashboard.canary import Canary, Strategy
from dashboard.hook_address import Kind, meaning_in
from dashboard.view import CanaryView
from gates import asked, overdue, policy
from gates.approvals import Where
from gates.asked import Seen
from gates.confirm_rules import CONFIRM, Hook
from gates.hooks import heartbeat_key
from gates.keys import ROLLBACK, GateKey, subject
from gates.models import Episode
from gates.overdue import Expectation
from gates.policy import Policy


@dataclass(frozen=True, slots=True)
class HookState:
    """One webhook. `hook` and `gate` are its typed address's, `switch` is what a drop-in address asks.

    `policy` and `waiting` are those of a typed confirm hook; `seen` is None when it was never asked.
    """

    type: str
    name: str
    hook: str
    gate: str
    switch: str
    policy: Policy | None
    waiting: Episode | None
    seen: Seen | None
    expectation: Expectation


@dataclass(frozen=True, slots=True)
class _Place:
    webhook: Webhook
    hook: str
    gate: str
    switch: str
    key: GateKey


def states(view: CanaryView, now: datetime) -> list[HookState]:
    """In the manifest's order; two queries."""
    canary = view.canary
    places = [place for hook in canary.hooks if (place := _place(canary, hook)) is not None]
    if not places:
        return []
    seen = asked.seen([place.key for place in places])
    open_ones = Episode.objects.filter(
        subject=subject(canary.cluster, *canary.key), ended_at__isnull=True
    ).order_by("began_at")
    waiting = {(episode.hook, episode.gate): episode for episode in open_ones}
    return [_state(view, place, seen, waiting, now) for place in places]


def _place(canary: Canary, hook: Webhook) -> _Place | None:
    """Where the webhook asks; None when that is not here, or nobody's decision."""
    meant = meaning_in(canary.cluster, hook.url)
    if meant.kind is Kind.TYPED and meant.hook in CONFIRM | {Hook.ROLLBACK}:
        where = Where(canary.cluster, *canary.key, Hook(meant.hook), meant.gate)
        return _Place(hook, meant.hook, meant.gate, "", heartbeat_key(where))
    if meant.kind is Kind.DROP_IN and meant.action == "check":
        return _Place(hook, "", "", meant.gate, GateKey(meant.gate, canary.cluster, *canary.key))
    return None


def _state(
    view: CanaryView,
    place: _Place,
    seen: Mapping[GateKey, Seen],
    waiting: Mapping[tuple[str, str], Episode],
    now: datetime,
) -> HookState:
    others = [one.last for key, one in seen.items() if key != place.key]
    own = seen.get(place.key)
    confirms = place.hook in CONFIRM
    return HookState(
        type=place.webhook.type,
        name=place.webhook.name,
        hook=place.hook,
        gate=place.gate,
        switch=place.switch,
        policy=policy.read(place.webhook.metadata) if confirms else None,
        waiting=waiting.get((place.hook, place.gate)) if confirms else None,
        seen=own,
        expectation=_expectation(view, place, own, others, now),
    )


def _expectation(
    view: CanaryView, place: _Place, own: Seen | None, others: Sequence[datetime], now: datetime
) -> Expectation:
    canary = view.canary
    known = {str(hook) for hook in Hook}
    kind = place.webhook.type if place.webhook.type in known else place.hook
    if kind not in known:
        # Any other type at a switch: asked in every interval of the analysis, as the rollback is.
        kind = ROLLBACK
    return overdue.expect(
        overdue.Asking(
            hook=Hook(kind),
            phase=canary.phase,
            strategy=str(canary.strategy),
            interval=canary.interval,
            suspended=canary.suspended,
            ready=_ready(view.ready),
            end=_at_the_end(view),
            failed_checks=canary.failed_checks,
            last=own.last if own else None,
            phase_since=view.phase_since,
            others_last=max(others, default=None),
        ),
        now,
    )


def _ready(text: str) -> bool:
    """`2/2` is, `1/2` and `0/0` are not; of a Service nothing is known."""
    ready, slash, wanted = text.partition("/")
    return not slash or (ready == wanted and ready != "0")


def _at_the_end(view: CanaryView) -> bool:
    """Only the promotion is left to ask about."""
    canary = view.canary
    if canary.strategy is Strategy.CANARY:
        return view.next_weight is None
    return canary.iteration >= canary.iterations
