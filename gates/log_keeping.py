"""Beside the requests: signs the log at the interval of the settings, and prunes what they call old."""

from __future__ import annotations

import asyncio
import logging
from datetime import timedelta

from django.conf import settings
from django.db import Error
from django.utils import timezone

from gates import audit, checkpoints, keyring, metrics, pruning
from gates.checkpoint_sinks import Telling
from gates.keyring import Signer
from gates.models import AuditCheckpoint
from gates.thread_connection import beside

log = logging.getLogger(__name__)
# Seconds.
PAUSE = 5.0
BETWEEN_PRUNINGS = 3600.0


async def run() -> None:
    """For ever; nothing without a key. A database that does not answer is tried again."""
    signer = keyring.signer()
    if signer is None:
        return
    telling, rounds = Telling(settings.AUDIT_CHECKPOINT_TO), 0
    while True:
        try:
            if settings.AUDIT_CHECKPOINT_MINUTES and (made := await beside(sign, signer)):
                telling.add(made)
            if settings.AUDIT_DAYS and rounds % (BETWEEN_PRUNINGS / PAUSE) == 0:
                await beside(prune, signer)
        except Error as error:
            metrics.database_error(metrics.BACKGROUND)
            log.warning("a checkpoint of the log is put off: %s", error)
        await telling.flush()
        rounds += 1
        await asyncio.sleep(PAUSE)


def prune(signer: Signer) -> int:
    """Remove what is older than the settings say; how many segments. What cannot be removed is logged."""
    before, done = timezone.now() - timedelta(days=settings.AUDIT_DAYS), 0
    try:
        while segment := pruning.due(before):
            pruning.prune(segment, settings.AUDIT_ARCHIVE, signer, audit.SYSTEM, audit.SYSTEM_ORIGIN)
            done += 1
    except (pruning.NotPruned, OSError) as error:
        log.error("the log is not pruned: %s", error)
    return done


def sign(signer: Signer) -> AuditCheckpoint | None:
    """A checkpoint, when the interval of the settings is over and something was entered."""
    return checkpoints.make(signer, timedelta(minutes=settings.AUDIT_CHECKPOINT_MINUTES))
