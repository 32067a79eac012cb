"""The dialog of a decision: says what happens, asks for a reason, takes the decision.

Fetched by htmx into a dialog; without JavaScript the same address is a page of its own.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django import forms
from django.db import Error as DatabaseError
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from dashboard import deciding, images, phases, stores
from dashboard.freezes import one
from dashboard.known import Known, from_database
from gates import actions, callers
from gates.actions import ACTIONS, LONGEST_REASON, Refused, Subject
from gates.keys import GATE, ROLLBACK
from gates.permissions import check_may_decide, only_viewers

KEEP = {
    "": (gettext_lazy("until this release ends, or a newer revision appears"), None),
    "1h": (gettext_lazy("for 1 hour, whatever is released meanwhile"), timedelta(hours=1)),
    "8h": (gettext_lazy("for 8 hours, whatever is released meanwhile"), timedelta(hours=8)),
    "1d": (gettext_lazy("for 1 day, whatever is released meanwhile"), timedelta(days=1)),
    "7d": (gettext_lazy("for 7 days, whatever is released meanwhile"), timedelta(days=7)),
}


class DecideForm(forms.Form):
    """`revision` is the one that the person saw."""

    reason = forms.CharField(required=False, max_length=LONGEST_REASON, strip=True)
    revision = forms.CharField(required=False, max_length=64)
    keep = forms.ChoiceField(required=False, choices=[(name, label) for name, (label, _time) in KEEP.items()])
    kind = forms.ChoiceField(required=False, choices=[(GATE, GATE), (ROLLBACK, ROLLBACK)])


@only_viewers
@require_http_methods(["GET", "HEAD", "POST"])
def decide(request: HttpRequest, namespace: str, name: str, action: str) -> HttpResponse:
    """`/canaries/<namespace>/<name>/<action>`: GET the form, POST the decision."""
    store = stores.current()
    if action not in ACTIONS:
        raise Http404
    check_may_decide(request.user, namespace)
    key = (namespace, name)
    known = from_database(store, [key]).get(key)
    if known is None:
        raise Http404
    if request.method != "POST":
        return _dialog(request, action, known, kind=request.GET.get("kind", ""))
    form = DecideForm(request.POST)
    if not form.is_valid():
        return _dialog(request, action, known, error=_refused(form), status=400)
    try:
        actions.perform(action, _request(request, Subject(store.cluster, *key), form.cleaned_data))
    except Refused as refused:
        fresh = from_database(store, [key]).get(key, known)
        return _dialog(request, action, fresh, error=refused.message, status=refused.status, form=form)
    except DatabaseError:
        error = _("The database does not answer, so nothing was decided. Try again.")
        return _dialog(request, action, known, error=error, status=503, form=form)
    if request.headers.get("HX-Request"):
        return HttpResponse(status=204, headers={"HX-Trigger": "aviary:decided"})
    return HttpResponseRedirect(reverse("canary", args=key))


def _request(request: HttpRequest, subject: Subject, asked: dict[str, Any]) -> actions.Request:
    time = KEEP[asked["keep"]][1]
    return actions.Request(
        subject=subject,
        actor=callers.actor(request.user),
        origin=callers.origin(request, "page"),
        reason=asked["reason"],
        revision=asked["revision"],
        until=timezone.now() + time if time else None,
        kind=asked["kind"],
        groups=callers.groups(request.user),
    )


def _refused(form: DecideForm) -> str:
    return " ".join(str(error) for errors in form.errors.values() for error in errors)


def _dialog(
    request: HttpRequest,
    action: str,
    known: Known,
    *,
    kind: str = "",
    error: str = "",
    status: int = 200,
    form: DecideForm | None = None,
) -> HttpResponse:
    asked = form.cleaned_data if form else {"kind": kind}
    canary = known.view.canary
    context = {
        "section": "canaries",
        "action": action,
        "address": reverse("decide", args=[*known.view.key, action]),
        "canary": canary,
        "view": known.view,
        "phase": phases.of(canary.phase),
        "image": images.shown(known.view.images),
        "waiting": known.waiting,
        "wait": phases.WAITS.get(known.waiting, ""),
        "label": deciding.approve_label(known.waiting).rstrip("…"),
        "primary": known.view.primary_revision,
        "keep": [(value, label) for value, (label, _time) in KEEP.items()],
        "asked": asked,
        "freezes": one.holding(known.view) if action == "approve" else [],
        "error": error,
    }
    partial = bool(request.headers.get("HX-Request"))
    template = "decide/dialog.html" if partial else "decide/page.html"
    return render(request, template, context, status=status)
