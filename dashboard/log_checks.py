"""System checks of the log's settings, found before `serve` listens. Each names its variable."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error, Warning, register

from gates import checkpoint_sinks, keyring

RECIPE = "Make one with: manage.py audit key --new FILE, and set AVIARY_AUDIT_KEY_FILE=FILE."


@register
def keys(**_: Any) -> Sequence[CheckMessage]:
    """Keys must be keys."""
    try:
        keyring.signer()
    except keyring.BadKey as error:
        return [Error(f"AVIARY_AUDIT_KEY cannot be used: {error}.", hint=RECIPE, id="aviary.E008")]
    try:
        keyring.trusted()
    except keyring.BadKey as error:
        hint = "Name public keys in base64, as manage.py audit key prints them, separated by commas."
        return [Error(f"AVIARY_AUDIT_OLD_KEYS cannot be used: {error}.", hint=hint, id="aviary.E009")]
    return []


@register
def sinks(**_: Any) -> Sequence[CheckMessage]:
    """Places for checkpoints must be places, and need somebody who signs."""
    found: list[CheckMessage] = [
        Error(
            f"AVIARY_AUDIT_CHECKPOINT_TO: {problem}.",
            hint="Name stdout, https://… or /a/file, separated by commas.",
            id="aviary.E010",
        )
        for problem in map(checkpoint_sinks.problem, settings.AUDIT_CHECKPOINT_TO)
        if problem
    ]
    if settings.AUDIT_CHECKPOINT_TO and not settings.AUDIT_KEY:
        message = "AVIARY_AUDIT_CHECKPOINT_TO is set, but no checkpoint is signed without AVIARY_AUDIT_KEY."
        found.append(Warning(message, hint=RECIPE, id="aviary.W003"))
    return found


@register
def pruning(**_: Any) -> Sequence[CheckMessage]:
    """Entries are only removed under a signature, and up to a checkpoint."""
    if not settings.AUDIT_DAYS:
        return []
    if not settings.AUDIT_KEY:
        message = f"AVIARY_AUDIT_DAYS={settings.AUDIT_DAYS}, but nothing is pruned without AVIARY_AUDIT_KEY."
        return [Error(message, hint=RECIPE, id="aviary.E011")]
    if not settings.AUDIT_CHECKPOINT_MINUTES:
        message = (
            "AVIARY_AUDIT_DAYS prunes up to a checkpoint, and AVIARY_AUDIT_CHECKPOINT_MINUTES=0 signs none."
        )
        return [Error(message, hint="Set AVIARY_AUDIT_CHECKPOINT_MINUTES.", id="aviary.E012")]
    return []
