"""`python -m tests.interventions.stalled sweep`: one sweep, half a minute later, without a cluster."""

from __future__ import annotations

import sys
from datetime import timedelta

import django

if __name__ == "__main__":
    django.setup()

    from django.utils import timezone

    from dashboard.interventions import sweep
    from dashboard.interventions.records import ABANDONED
    from gates.models import AuditEntry

    assert sys.argv[1:] == ["sweep"]
    print(sweep.sweep(timezone.now() + ABANDONED + timedelta(seconds=1)))
    print(
        *AuditEntry.objects.filter(action__startswith="canary.")
        .order_by("seq")
        .values_list("action", flat=True)
    )
