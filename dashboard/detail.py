"""One canary's page as a fragment: for the first paint and for what is pushed later."""

from __future__ import annotations

from collections.abc import Sequence

from django.utils import timezone
from django.utils.html import escape
from django.utils.safestring import SafeString

from dashboard import (
    approvals_panel,
    board,
    cause_words,
    confirms,
    deciding,
    ladder,
    phases,
    rollback_story,
    rows,
    typed_hooks,
    wiring,
)
from dashboard.canary import Canary, Hook, Strategy
from dashboard.freezes import one
from dashboard.known import Known, from_database
from dashboard.store import Store
from dashboard.typed_hooks import HookState
from gates import wording
from gates.access_rights import Access
from gates.keys import subject
from gates.models import AuditEntry

RECENT = 12


def fragment(store: Store, namespace: str, name: str, access: Access) -> SafeString:
    """The page's content; asks the database. A canary that is not there, or not to be seen, says so."""
    key = (namespace, name)
    keys = [key] if access.views(namespace) else []
    known = from_database(store, keys).get(key)
    subjects = [subject(store.cluster, *each) for each in keys]
    entries = AuditEntry.objects.filter(subject__in=subjects)[:RECENT]
    common = {
        "namespace": namespace,
        "name": name,
        "freshness": store.freshness,
        "entries": [
            (entry, wording.sentence(entry, escape(name)), wording.reason(entry)) for entry in entries
        ],
    }
    if known is None:
        return board.render("canaries/gone.html", common)
    may_decide = access.decides(namespace)
    context = rows.context(known, may_decide) | _typed(known, may_decide)
    canary = known.view.canary
    context |= {
        "ladder": ladder.ladder(known),
        "strategy": strategy(canary),
        "wiring": wiring.warnings(canary),
        "freezes": one.on(known.view),
        "primary": 100 - known.view.weight.value,
    }
    return board.render("canaries/detail.html", common | context)


def _typed(known: Known, may_decide: bool) -> dict[str, object]:
    """Approvals, whether Flagger asks, and how far a rollback is."""
    states = typed_hooks.states(known.view, timezone.now())
    story = rollback_story.of(known, states)
    return {
        "panels": approvals_panel.panels(known, may_decide),
        "hooks": [_webhook(hook, states) for hook in known.view.canary.hooks],
        "story": story,
        "hindrance": "" if story else rollback_story.hindrance(known, states),
        "dropped_in": confirms.dropped_in(known) or known.switches.gate is not None,
        "comment": deciding.comment(known, may_decide),
    }


def _webhook(hook: Hook, states: Sequence[HookState]) -> dict[str, object]:
    """One webhook of the manifest: its meaning, and whether Flagger asks it, as far as it asks here."""
    state = next((each for each in states if (each.type, each.name) == (hook.type, hook.name)), None)
    return {
        "hook": hook,
        "meaning": phases.MEANINGS.get(hook.type, ""),
        "state": state,
        "cause": cause_words.words(state.expectation.cause) if state else "",
    }


def strategy(canary: Canary) -> str:
    """The strategy's name as Flagger's documentation writes it."""
    names = {
        Strategy.CANARY: "Canary",
        Strategy.BLUE_GREEN: "Blue/Green",
        Strategy.AB_TEST: "A/B testing",
        Strategy.NONE: "–",
    }
    return names[canary.strategy]
