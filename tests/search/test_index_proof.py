"""`audit verify --index` says whether searches can be believed; what it finds is in `tampered.py`."""

from __future__ import annotations

from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from gates.models import AuditSegment

pytestmark = pytest.mark.django_db


def verified(*options: str) -> str:
    """What the command says."""
    out = StringIO()
    call_command("audit", "verify", *options, stdout=out)
    return out.getvalue()


def test_it_is_said_whether_the_index_was_compared() -> None:
    assert "was not compared" in verified()
    assert "The index of searches says what the entries say." in verified("--index")


def test_a_segment_that_searches_skip_is_named_with_the_remedy() -> None:
    AuditSegment.objects.create(number=1, places=b"")
    assert "The audit log is sound" in verified()
    with pytest.raises(CommandError, match=r"entries 1 to 8192 cannot be found.*audit reindex"):
        verified("--index")
