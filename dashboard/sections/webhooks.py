"""Every webhook of the manifest: its meaning, its last answer, and whether Flagger asks it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from django.utils.translation import gettext as _

from dashboard import cause_words, hook_outcomes, phases, policy_words
from dashboard.analysis import Hook as Webhook
from dashboard.hook_address import Kind, meaning_in
from dashboard.hook_outcomes import Answer, Outcome, Saying
from dashboard.masking import mask_text
from dashboard.secret_names import MASK, is_secret
from dashboard.sections.look import Look
from dashboard.typed_hooks import HookState
from gates import policy
from gates.addresses import HALT
from gates.confirm_rules import Hook
from gates.keys import subject
from gates.models import FlaggerEvent
from gates.policy import KEYS

# Messages of the event hook that are looked through.
MOST = 200
OUTCOMES = {
    Answer.PASSED: lambda: _("last answer: passed"),
    Answer.REFUSED: lambda: _("last answer: no, or it could not be reached"),
    Answer.FAILED: lambda: _("last failure"),
}
ROLLBACKS = {
    Answer.PASSED: lambda: _("last answer: roll back"),
    Answer.REFUSED: lambda: _("last answer: no rollback"),
}


@dataclass(frozen=True, slots=True)
class Row:
    """One webhook. `where` says who answers, if not Aviary; `sent` what of its metadata goes along."""

    hook: Webhook
    meaning: str
    where: str
    elsewhere: bool
    policy: tuple[str, ...]
    sent: tuple[tuple[str, str], ...]
    state: HookState | None
    cause: str
    outcome: Outcome | None
    told: str


def context(look: Look) -> Mapping[str, object]:
    """In the manifest's order."""
    sayings = list(_sayings(look)) if look.canary.hooks else []
    return {"hooks": [_row(look, hook, sayings) for hook in look.canary.hooks]}


def _sayings(look: Look) -> Iterator[Saying]:
    for event in look.around.events:
        if event.last is not None:
            yield Saying(event.last, event.message)
    of_it = FlaggerEvent.objects.filter(
        subject=subject(look.store.cluster, look.canary.namespace, look.canary.name), hook=Hook.EVENT
    )
    for at, message in of_it.values_list("at", "message")[:MOST]:
        yield Saying(at, message)


def _row(look: Look, hook: Webhook, sayings: Sequence[Saying]) -> Row:
    state = next((each for each in look.states if (each.type, each.name) == (hook.type, hook.name)), None)
    outcome = hook_outcomes.last(hook, sayings)
    where, elsewhere = _where(look.canary.cluster, hook)
    if state is not None and state.seen is None and outcome is not None:
        where, elsewhere = _("answered by somebody else at this address: Aviary was never asked"), True
    elif state is not None and outcome is not None and outcome.answer is not Answer.FAILED:
        # Aviary answered itself, and knows better.
        outcome = None
    shown = tuple(_policy(hook, state))
    hidden = set(KEYS) if shown else set()
    return Row(
        hook=hook,
        meaning=str(phases.MEANINGS.get(hook.type, "")),
        where=where,
        elsewhere=elsewhere,
        policy=shown,
        sent=tuple((key, _value(key, text)) for key, text in hook.metadata.items() if key not in hidden),
        state=state,
        cause=str(cause_words.words(state.expectation.cause)) if state else "",
        outcome=outcome,
        told=_told(hook, outcome),
    )


def _where(cluster: str, hook: Webhook) -> tuple[str, bool]:
    """Who answers, in words, and whether that surely is somebody else. Aviary's own say how often."""
    meant = meaning_in(cluster, hook.url)
    if meant.kind is Kind.FOREIGN:
        return _("answered elsewhere: Aviary has no such address"), True
    if meant.kind is Kind.CONSTANT:
        return (_("always answers no") if meant.action == HALT else _("always answers yes")), False
    if meant.kind is Kind.TASK:
        return _("a task: run by the load tester to which Aviary hands it, or that is at this address"), False
    return "", False


def _policy(hook: Webhook, state: HookState | None) -> Iterator[str]:
    """What the metadata asks of people, if Aviary reads it: at a typed confirm hook."""
    if state is not None and state.policy is not None:
        yield from policy_words.words(policy.read(hook.metadata), Hook(state.hook))


def _value(key: str, text: str) -> str:
    return MASK if is_secret(key) else mask_text(text)


def _told(hook: Webhook, outcome: Outcome | None) -> str:
    if outcome is None:
        return ""
    words = ROLLBACKS if hook.type == Hook.ROLLBACK and outcome.answer in ROLLBACKS else OUTCOMES
    return words[outcome.answer]()
