"""What one who writes to the database may do to the index: its proof names it, and exports stay whole."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta

from gates.models import AuditEntry, AuditPlace, AuditSegment, AuditTerm


def problems() -> Iterator[str]:
    """Changes that were not noticed, or that an export followed; all are taken back."""
    from django.db import transaction

    from gates import index_proof

    if wrong := index_proof.verify():
        yield f"untouched: {wrong}"
    actor = AuditEntry.objects.filter(seq__lte=8192).latest("seq").actor
    for name, change in CHANGES.items():
        with transaction.atomic():
            change(actor)
            if not index_proof.verify():
                yield f"{name}: not noticed"
            if exported(actor) != whole(actor):
                yield f"{name}: an export follows it"
            transaction.set_rollback(True)


def exported(actor: str) -> list[int]:
    """The numbers of the entries that an export of what one person did would hold."""
    from gates import walk
    from gates.access_rights import EVERYTHING
    from gates.filters import Filters

    filters = Filters(actor=actor)
    found = [row["seq"] for page in walk.rows(EVERYTHING, filters, 1, 10**9, ("seq",), 1000) for row in page]
    assert walk.count(EVERYTHING, filters, 1, 10**9) == len(found)
    return found


def whole(actor: str) -> list[int]:
    """The same from the table."""
    return list(AuditEntry.objects.filter(actor=actor).order_by("seq").values_list("seq", flat=True))


def _term(actor: str) -> bytes:
    return b"actor:" + actor.encode()


def _take_away(actor: str) -> None:
    AuditTerm.objects.filter(term=_term(actor), segment=0).delete()


def _swap(actor: str) -> None:
    people = AuditTerm.objects.filter(term__gte=b"actor:", term__lt=b"actor;", segment=0)
    other = people.exclude(term=_term(actor)).first()
    assert other is not None
    AuditTerm.objects.filter(term=_term(actor), segment=0).update(bits=other.bits)


def _spoil(actor: str) -> None:
    AuditTerm.objects.filter(term=_term(actor), segment=0).update(bits=b"odd")


def _add(_actor: str) -> None:
    AuditTerm.objects.create(term=b"actor:nobody", segment=0, bits=b"\0\0")


def _first_segment(_actor: str) -> None:
    AuditSegment.objects.filter(number=0).delete()


def _later(_actor: str) -> None:
    segment = AuditSegment.objects.get(number=0)
    assert segment.first_at
    AuditSegment.objects.filter(number=0).update(first_at=segment.first_at + timedelta(seconds=1))


def _places(_actor: str) -> None:
    AuditSegment.objects.filter(number=0).update(places=b"none")


def _moved(_actor: str) -> None:
    place = AuditPlace.objects.exclude(namespace="").earliest("id")
    AuditPlace.objects.filter(pk=place.pk).update(namespace="elsewhere")


CHANGES: dict[str, Callable[[str], None]] = {
    "a term taken away": _take_away,
    "a term with another's entries": _swap,
    "a term spoiled": _spoil,
    "a term that no entry has": _add,
    "a segment taken away": _first_segment,
    "a segment that begins later": _later,
    "a segment's places spoiled": _places,
    "a place in another namespace": _moved,
}
