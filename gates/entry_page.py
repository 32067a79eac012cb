"""One entry of the log with everything in it, what it belongs to, and how to prove it."""

from __future__ import annotations

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from gates import audit_rows, chain, entry_facts, search, standing
from gates.models import AuditEntry
from gates.permissions import access_of, only_viewers
from gates.proof_naming import sound
from gates.release_links import address_of


@only_viewers
@require_safe
def audit_entry(request: HttpRequest, number: int) -> HttpResponse:
    """`/audit/<number>`: 404 in the same words for what is not there and for what may not be seen."""
    access = access_of(request.user)
    seen = access.entries()
    entry = seen.filter(pk=number).first() if number <= search.BIGGEST else None
    if entry is None:
        raise Http404
    before, after = search.neighbours(seen, entry)
    context = {
        "section": "audit",
        "row": audit_rows.row(entry),
        "entry": entry,
        "canary": audit_rows.canary_address(entry),
        "release": address_of(entry),
        "images": entry_facts.images(entry),
        "policy": entry_facts.policy(entry),
        "changes": entry_facts.changes(entry),
        "decided": _decided(seen.filter(pk=entry.decision).first() if entry.decision else None),
        "following": [audit_rows.row(each) for each in search.following(seen, entry)],
        "before": before,
        "after": after,
        "standing": standing.of(access),
        "covering": standing.covering(entry),
        "audits": access.audits,
        "canonical": _canonical(entry),
        "matches": sound(vars(entry), entry.seq),
    }
    return render(request, "audit/entry.html", context)


def _decided(entry: AuditEntry | None) -> audit_rows.Row | None:
    """The decision that this entry answers, repeats or ends; None where there is none to be seen."""
    return audit_rows.row(entry) if entry else None


def _canonical(entry: AuditEntry) -> str:
    """The text whose SHA-256 is the entry's hash; "" where there is none, as for an unknown form."""
    try:
        return chain.canonical(vars(entry)).decode()
    except chain.UNFIT:
        return ""
