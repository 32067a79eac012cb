"""Policies in webhook metadata that cannot be used, are mistyped, or have no effect."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from difflib import get_close_matches

from django.utils.translation import gettext_lazy as _

from dashboard.hook_address import Kind
from dashboard.wiring.warning import Code, Level, WiringWarning, hook_lines, say
from dashboard.wiring.wired import CONFIRM, START, Wired, Wiring, changed, moved
from gates import policy

EXAMPLES = {
    "approvals": "2",
    "group": "sre",
    "reason": "required",
    "deadline": "4h",
    "on-deadline": "keep",
    "on-unapproved": "rollback",
}


def warnings(wiring: Wiring) -> Iterator[WiringWarning]:
    """Only typed confirm hooks have a policy."""
    for wired in wiring.of(*CONFIRM):
        if wired.typed:
            yield from _read(wired)
        elif wired.at.kind in (Kind.DROP_IN, Kind.CONSTANT):
            yield from _ignored(wiring, wired)


def _read(wired: Wired) -> Iterator[WiringWarning]:
    metadata = wired.hook.metadata
    found = policy.read(metadata)
    if found.problem:
        yield WiringWarning(
            Level.WARNING,
            Code.POLICY_PROBLEM,
            say(
                _("The policy of the hook “{name}” cannot be used: {problem}. Every answer is no."),
                name=wired.name,
                problem=found.problem,
            ),
            _("Mend the value."),
            hook_lines(changed(wired, metadata=_usable(metadata))),
            wired.name,
        )
    if found.warnings:
        yield WiringWarning(
            Level.WARNING,
            Code.POLICY_UNKNOWN,
            say(
                _("In the policy of the hook “{name}”, {problems}."),
                name=wired.name,
                problems="; ".join(found.warnings),
            ),
            say(_("The keys are {keys}."), keys=", ".join(policy.KEYS)),
            hook_lines(changed(wired, metadata=_known(metadata))),
            wired.name,
        )
    if wired.type == START and found.deadline is not None and found.on_deadline == "rollback":
        yield _nothing_to_roll_back(wired)


def _nothing_to_roll_back(wired: Wired) -> WiringWarning:
    return WiringWarning(
        Level.INFO,
        Code.DEADLINE_AT_START,
        say(
            _(
                "At the hook “{name}” there is nothing to roll back yet: on-deadline rollback means reject,"
                " and the revision is blocked until a new one comes."
            ),
            name=wired.name,
        ),
        _("Write what it does."),
        hook_lines(changed(wired, metadata={**wired.hook.metadata, "on-deadline": "reject"})),
        wired.name,
    )


def _ignored(wiring: Wiring, wired: Wired) -> Iterator[WiringWarning]:
    keys = [key for key in policy.KEYS if key in wired.hook.metadata]
    if keys:
        yield WiringWarning(
            Level.WARNING,
            Code.POLICY_IGNORED,
            say(
                _("The policy of the hook “{name}” ({keys}) has no effect at a drop-in address."),
                name=wired.name,
                keys=", ".join(keys),
            ),
            _("Let it ask the typed address."),
            hook_lines(moved(wiring, wired)),
            wired.name,
        )


def _usable(metadata: Mapping[str, str]) -> dict[str, str]:
    """The same policy, with an example in place of each value that cannot be used."""
    mended = dict(metadata)
    for _key in policy.KEYS:
        bad = policy.read(mended).problem.partition(":")[0]
        if bad in EXAMPLES:
            mended[bad] = EXAMPLES[bad]
    return mended


def _known(metadata: Mapping[str, str]) -> dict[str, str]:
    """The same policy, with each unknown key as the one that was probably meant, or left out."""
    mended = {key: value for key, value in metadata.items() if key in policy.KEYS}
    for key in metadata:
        close = get_close_matches(key.lower(), policy.KEYS, n=1)
        if key not in policy.KEYS and close:
            mended.setdefault(close[0], metadata[key])
    if "on-deadline" in mended:
        mended.setdefault("deadline", EXAMPLES["deadline"])
    return mended
