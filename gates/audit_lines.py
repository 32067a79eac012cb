"""Each entry as a line of JSON on the standard output, once it is committed: logger `aviary.audit`."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from functools import partial

from django.db import transaction

from gates import chain
from gates.models import AuditEntry

log = logging.getLogger("aviary.audit")


def announce(entries: Sequence[AuditEntry]) -> None:
    """Write the lines after the commit of the transaction that this is called in."""
    if log.isEnabledFor(logging.INFO):
        # Robust: a full disk behind the output must not look like a decision that failed.
        transaction.on_commit(partial(_write, entries), robust=True)


def _write(entries: Sequence[AuditEntry]) -> None:
    for entry in entries:
        log.info("%s", chain.line(vars(entry)).decode())
