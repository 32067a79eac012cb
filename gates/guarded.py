"""What the guards of the log guard, on whichever database: tables, their keys, what a tombstone must be."""

from __future__ import annotations

from gates import chain

ENTRIES, CHECKPOINTS, TOMBSTONES = "gates_auditentry", "gates_auditcheckpoint", "gates_audittombstone"
# In the order in which pruning locks them, so that a migration and pruning never wait for each other.
# Every column that is unique: REPLACE deletes whatever row has the same value in one of them.
KEYS = {TOMBSTONES: ("id", "first_seq", "last_seq"), CHECKPOINTS: ("id",), ENTRIES: ("seq",)}
COLUMNS = {
    TOMBSTONES: (*chain.TOMBSTONE, "public_key", "signature"),
    CHECKPOINTS: (*chain.CHECKPOINT, "public_key", "signature"),
    ENTRIES: (*chain.FORM_2, "hash"),
}
NUMBERS = {"seq", "form", "weight", "decision", "first_seq", "last_seq", "count"}
MAY_BE_NULL = {"weight", "decision"}

REFUSAL = "The audit log is insert-only."
STRAY = (
    "The audit log is insert-only: a tombstone has to follow the one before, up to an entry that is there."
)
MISFIT = "The audit log takes only the kinds of values that its columns have."

COVERED = f"EXISTS (SELECT 1 FROM {TOMBSTONES} WHERE OLD.seq BETWEEN first_seq AND last_seq)"  # noqa: S608
# Its signature is beyond a trigger: `audit verify` checks that.
FOLLOWS = f"""(
  NEW.first_seq = 1 + COALESCE((SELECT max(last_seq) FROM {TOMBSTONES}), 0)
  AND NEW.prev_hash = COALESCE((SELECT last_hash FROM {TOMBSTONES} ORDER BY last_seq DESC LIMIT 1), '')
  AND EXISTS (
    SELECT 1 FROM {ENTRIES}
    WHERE seq = NEW.last_seq AND seq >= NEW.first_seq AND hash = NEW.last_hash
  )
)"""  # noqa: S608
