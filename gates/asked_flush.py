"""Every few seconds, what Flagger asked goes to the database in one statement, so that replicas see it."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence
from datetime import timedelta

from django.db import Error, connection, transaction
from django.utils import timezone

from gates import facts, heartbeat, metrics
from gates.facts import Facts
from gates.heartbeat import TYPED, Beat
from gates.models import AskedHook
from gates.thread_connection import beside

log = logging.getLogger(__name__)

PAUSE = 5.0
# Rows in one statement: databases have a limit on parameters.
BATCH = 1000
KEPT = timedelta(days=31)
LONGEST_WHY = 2000
# The later one of two replicas' last asks wins; counts add up until somebody counts anew.
UPSERT = """
INSERT INTO {table} ({columns}) VALUES {rows} ON CONFLICT ("key") DO UPDATE SET
    count = CASE WHEN excluded.anew THEN excluded.count ELSE {table}.count + excluded.count END,
    began_at = CASE WHEN excluded.anew THEN excluded.began_at ELSE {table}.began_at END,
    anew = excluded.anew,
    last_yes = CASE WHEN excluded.last_at >= {table}.last_at
        THEN excluded.last_yes ELSE {table}.last_yes END,
    last_why = CASE WHEN excluded.last_at >= {table}.last_at
        THEN excluded.last_why ELSE {table}.last_why END,
    last_at = CASE WHEN excluded.last_at >= {table}.last_at
        THEN excluded.last_at ELSE {table}.last_at END
"""


async def run() -> None:
    """Flush for ever; what could not be written is kept, and the end flushes once more."""
    try:
        while True:
            await asyncio.sleep(PAUSE)
            await _try()
    finally:
        await _try()


async def _try() -> None:
    beats = heartbeat.take()
    try:
        await beside(flush, beats)
    except Error as error:
        metrics.database_error(metrics.BACKGROUND)
        log.warning("what Flagger asked is not written yet: %s", error)
        heartbeat.put_back(beats)


def flush(beats: Sequence[Beat]) -> int:
    """Write them; returns how many. Names that the cluster does not have are anyone's, and left out."""
    known = sorted((beat for beat in beats if _exists(beat)), key=lambda beat: beat.key.digest)
    if not known:
        return 0
    with transaction.atomic():
        for start in range(0, len(known), BATCH):
            _upsert(known[start : start + BATCH])
        AskedHook.objects.filter(last_at__lt=timezone.now() - KEPT).delete()
    return len(known)


def _exists(beat: Beat) -> bool:
    key = beat.key
    return isinstance(facts.current(key.cluster, key.namespace, key.name), Facts)


def _upsert(beats: Sequence[Beat]) -> None:
    meta = AskedHook._meta
    fields = [field for field in meta.concrete_fields if not field.primary_key]
    rows = [_row(beat) for beat in beats]
    values = [
        field.get_db_prep_save(getattr(row, field.attname), connection) for row in rows for field in fields
    ]
    quote = connection.ops.quote_name
    one = f"({', '.join(['%s'] * len(fields))})"
    statement = UPSERT.format(
        table=quote(meta.db_table),
        columns=", ".join(quote(str(field.column)) for field in fields),
        rows=", ".join([one] * len(rows)),
    )
    with connection.cursor() as cursor:
        cursor.execute(statement, values)


def _row(beat: Beat) -> AskedHook:
    key = beat.key
    hook, _slash, gate = key.kind.removeprefix(TYPED).partition("/")
    return AskedHook(
        key=key.digest,
        subject=key.subject,
        cluster=key.cluster,
        namespace=key.namespace,
        name=key.name,
        # The switch of the drop-in addresses has no hook of its own.
        hook=hook if key.kind.startswith(TYPED) else f"drop-in {key.kind}",
        gate=gate,
        count=beat.count,
        began_at=beat.since,
        anew=beat.anew,
        last_at=beat.last,
        last_yes=beat.yes,
        last_why=beat.why[:LONGEST_WHY],
    )
