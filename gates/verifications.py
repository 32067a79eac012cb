"""How checks of the log ended: `manage.py audit verify` records it, the audit page shows the last one."""

from __future__ import annotations

from django.db import transaction
from django.utils import timezone

from gates.models import AuditVerification

# Checks may run every few minutes; older ones say nothing that the newer ones do not.
KEPT = 100


def record(seq: int, ok: bool, first_bad: int | None = None, why: str = "") -> AuditVerification:
    """A check that has just ended: the log is whole from its first entry to `seq`, or is not.

    `first_bad` is the number of the first wrong entry, where one can be named; `why` is for people.
    """
    with transaction.atomic():
        made = AuditVerification.objects.create(
            at=timezone.now(), seq=seq, ok=ok, first_bad=first_bad, why=why
        )
        AuditVerification.objects.filter(pk__lte=made.pk - KEPT).delete()
    return made


def latest() -> AuditVerification | None:
    """The last check; None when there was none."""
    return AuditVerification.objects.order_by("-pk").first()
