"""How far the log is proven, as a reader may know it: the last check, and the last signed checkpoint."""

from __future__ import annotations

from dataclasses import dataclass

from gates import audit, search, verifications
from gates.access_rights import Access
from gates.filters import Filters
from gates.models import AuditCheckpoint, AuditEntry, AuditVerification


@dataclass(frozen=True, slots=True)
class Standing:
    """`check` None: the log was never verified. Numbers are those of entries that the reader may see: how
    many others there are is none of their business. `newer` entries came after the check (None: not told).
    `first_bad` None: none is named, or it is not the reader's to see.
    """

    check: AuditVerification | None
    upto: int | None
    newer: int | None
    first_bad: int | None
    checkpoint: AuditCheckpoint | None
    signed: int | None


def of(access: Access) -> Standing:
    """As it is now."""
    check, checkpoint = verifications.latest(), AuditCheckpoint.objects.order_by("-seq").first()
    return Standing(
        check=check,
        upto=_visible(access, check.seq) if check else None,
        newer=_newer(check) if check and access.audits else None,
        first_bad=_bad(access, check) if check else None,
        checkpoint=checkpoint,
        signed=_visible(access, checkpoint.seq) if checkpoint else None,
    )


def covering(entry: AuditEntry) -> AuditCheckpoint | None:
    """The first checkpoint that was signed with this entry in it."""
    return AuditCheckpoint.objects.filter(seq__gte=entry.seq).order_by("seq").first()


def _visible(access: Access, seq: int) -> int | None:
    """The last entry up to this number that the reader may see."""
    if access.audits:
        return seq
    found, _cursor = search.find(access, Filters(), seq + 1, 1)
    return found[0].seq if found else None


def _newer(check: AuditVerification) -> int:
    head = audit.newest()
    return max(0, head - check.seq)


def _bad(access: Access, check: AuditVerification) -> int | None:
    named = check.first_bad is not None and access.entries().filter(pk=check.first_bad).exists()
    return check.first_bad if named or access.audits else None
