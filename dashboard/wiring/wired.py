"""A canary's webhooks together with what their addresses mean."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from dashboard import hook_address
from dashboard.analysis import HOOK_TIMEOUT, Hook
from dashboard.canary import Canary, Strategy
from dashboard.hook_address import FOREIGN, HookAddress, Kind
from gates import policy
from gates.keys import DEFAULT_CLUSTER, GATE, ROLLBACK

START, TRAFFIC, PROMOTION = "confirm-rollout", "confirm-traffic-increase", "confirm-promotion"
CONFIRM = (START, TRAFFIC, PROMOTION)
BACK, POST, EVENT = "rollback", "post-rollout", "event"
PRE, TEST = "pre-rollout", "rollout"
TESTS = (PRE, TEST)
# Written where the manifest does not tell how Flagger reaches Aviary.
EXAMPLE = "http://aviary.flagger"


@dataclass(frozen=True, slots=True)
class Wired:
    """One webhook; `at` is what its address means for this canary: another cluster's is foreign."""

    hook: Hook
    at: HookAddress

    @property
    def type(self) -> str:
        """Flagger's hook type."""
        return self.hook.type

    @property
    def name(self) -> str:
        """The name in the manifest."""
        return self.hook.name

    @property
    def typed(self) -> bool:
        """It asks the typed address of its own type."""
        return self.at.kind is Kind.TYPED and self.at.hook == self.type

    def on(self, switch: str, action: str = "check") -> bool:
        """It asks (opens, closes) this drop-in switch."""
        return self.at.kind is Kind.DROP_IN and (self.at.gate, self.at.action) == (switch, action)


@dataclass(frozen=True, slots=True)
class Wiring:
    """One canary; `base` is how its webhooks reach Aviary, as far as the manifest tells."""

    canary: Canary
    hooks: tuple[Wired, ...]
    base: str

    def of(self, *types: str) -> list[Wired]:
        """The webhooks of these types, in the manifest's order."""
        return [each for each in self.hooks if each.type in types]

    def asks(self, type_: str) -> bool:
        """Flagger asks hooks of this type in a release of this canary."""
        if self.canary.skip_analysis:
            return type_ in (START, POST, EVENT)
        return type_ != TRAFFIC or self.canary.strategy is Strategy.CANARY

    def iterates(self) -> bool:
        """Blue/Green and A/B testing."""
        return self.canary.strategy in (Strategy.BLUE_GREEN, Strategy.AB_TEST)

    def rollback_reaches_us(self) -> bool:
        """A request to roll back that is made here can reach Flagger."""
        return any(each.typed or each.on(ROLLBACK) for each in self.of(BACK))

    def closed_by_start(self) -> bool:
        """A pre-rollout hook closes the drop-in gate once it has let the release start."""
        return any(each.on(GATE, "close") for each in self.of(PRE))

    def url(self, path: str, like: Wired | None = None) -> str:
        """The address of `path` at Aviary, reached as `like` reaches it."""
        own = hook_address.base(like.hook.url) if like and like.at is not FOREIGN else ""
        return (own or self.base) + path


def _meaning(canary: Canary, hook: Hook) -> HookAddress:
    return hook_address.meaning_in(canary.cluster, hook.url)


def wire(canary: Canary) -> Wiring:
    """Read every webhook's address."""
    hooks = tuple(Wired(hook, _meaning(canary, hook)) for hook in canary.hooks)
    bases = (hook_address.base(each.hook.url) for each in hooks if each.at.ours)
    prefix = "" if canary.cluster == DEFAULT_CLUSTER else f"/clusters/{canary.cluster}"
    return Wiring(canary, hooks, next(bases, EXAMPLE + prefix))


def typed_path(type_: str, gate: str = "") -> str:
    """Where a hook of this type belongs; tests are the load tester's."""
    if type_ in TESTS:
        return "/"
    return f"/hooks/{type_}/{gate}" if gate else f"/hooks/{type_}"


def new(name: str, type_: str, url: str) -> dict[str, Any]:
    """A webhook for the manifest."""
    return {"name": name, "type": type_, "url": url}


def changed(
    wired: Wired, *, url: str | None = None, type_: str = "", metadata: Mapping[str, str] | None = None
) -> dict[str, Any]:
    """The webhook as the manifest has it, but for what is given here."""
    hook = wired.hook
    lines: dict[str, Any] = new(hook.name, type_ or hook.type, hook.url if url is None else url)
    if hook.timeout != HOOK_TIMEOUT:
        lines["timeout"] = _duration(hook.timeout)
    if hook.retries:
        lines["retries"] = hook.retries
    if policy := dict(hook.metadata if metadata is None else metadata):
        lines["metadata"] = policy
    return lines


def moved(wiring: Wiring, wired: Wired, type_: str = "", gate: str = "") -> dict[str, Any]:
    """The webhook at the typed address of its own type, or of `type_`."""
    metadata = wired.hook.metadata
    if wired.at.kind in (Kind.TASK, Kind.FOREIGN):
        # A task's command is not for us.
        metadata = {key: text for key, text in metadata.items() if key in policy.KEYS}
    url = wiring.url(typed_path(type_ or wired.type, gate), wired)
    return changed(wired, url=url, type_=type_, metadata=metadata)


def _duration(seconds: float) -> str:
    return f"{int(seconds)}s" if seconds == int(seconds) else f"{int(seconds * 1000)}ms"
