"""The dialog of an intervention: says what happens, asks why, makes the change.

Fetched by htmx into a dialog; without JavaScript the same address is a page of its own.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django import forms
from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.db import Error as DatabaseError
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from dashboard import images, phases, stores
from dashboard.decide_page import CHANGED, fresh
from dashboard.interventions import dialog, options
from dashboard.interventions.acts import FROZEN, OFFERED, Act
from dashboard.interventions.perform import perform, switched_off
from dashboard.known import Known, from_database
from gates import callers, clusters, refusals
from gates.asked_for import Refused, Request, Subject
from gates.freezing import LONGEST_REASON
from gates.keys import DEFAULT_CLUSTER
from gates.permissions import access_of, check_may_decide, only_viewers


class InterveneForm(forms.Form):
    """`revision` is the one that the person saw."""

    reason = forms.CharField(required=False, max_length=LONGEST_REASON, strip=True)
    revision = forms.CharField(required=False, max_length=64)
    take_back = forms.BooleanField(required=False)


@only_viewers
@require_http_methods(["GET", "HEAD", "POST"])
def intervene(
    request: HttpRequest, namespace: str, name: str, action: str, cluster: str = DEFAULT_CLUSTER
) -> HttpResponse:
    """`/canaries/<namespace>/<name>/more/<action>`: GET the form, POST the change."""
    if action not in OFFERED:
        raise Http404
    act, store, key = Act(action), stores.named(cluster), (namespace, name)
    with refusals.asked(request, refusals.INTERVENTION, Subject(store.cluster, *key), kind=action):
        check_may_decide(request.user, namespace)
        if not settings.INTERVENTIONS:
            raise PermissionDenied(switched_off())
    known = from_database(store, [key]).get(key)
    if known is None:
        raise Http404
    if request.method != "POST":
        return _dialog(request, act, known, {"take_back": True})
    form = InterveneForm(request.POST)
    if not form.is_valid():
        refusal = " ".join(str(error) for errors in form.errors.values() for error in errors)
        return _dialog(request, act, known, {}, error=refusal, status=400)
    asked = form.cleaned_data
    try:
        perform(act, _asked_for(request, Subject(store.cluster, *key), asked), take_back=asked["take_back"])
    except Refused as refused:
        known = fresh(store, known, refused, asked["revision"])
        changed = refused.code == CHANGED
        return _dialog(
            request, act, known, asked, error=refused.message, status=refused.status, changed=changed
        )
    except DatabaseError:
        error = _("The database does not answer. If the change was made, the canary's page shows it: look.")
        return _dialog(request, act, known, asked, error=error, status=503)
    if request.headers.get("HX-Request"):
        return HttpResponse(status=204, headers={"HX-Trigger": "aviary:decided"})
    return HttpResponseRedirect(clusters.address("canary", cluster, *key))


def _asked_for(request: HttpRequest, subject: Subject, asked: Mapping[str, Any]) -> Request:
    return Request(
        subject=subject,
        actor=callers.actor(request.user),
        origin=callers.origin(request, "page"),
        reason=asked["reason"],
        revision=asked["revision"],
    )


def _dialog(
    request: HttpRequest,
    act: Act,
    known: Known,
    asked: Mapping[str, Any],
    *,
    error: str = "",
    status: int = 200,
    changed: bool = False,
) -> HttpResponse:
    canary, freezes = known.view.canary, options.freezing(known)
    option = options.option(act, known, access_of(request.user), bool(freezes))
    context = {
        "section": "canaries",
        "action": act.value,
        "address": clusters.address("intervene", canary.cluster, *canary.key, act.value),
        "canary": canary,
        "view": known.view,
        "phase": phases.of(canary.phase),
        "image": images.shown(known.view.images),
        "dialog": dialog.of(act, canary, frozen=bool(freezes)),
        "why": option.why,
        "frozen": freezes if act in FROZEN else [],
        "offers_take_back": act is Act.PROMOTE_NOW,
        "asked": asked,
        "error": error,
        "changed": changed,
    }
    partial = bool(request.headers.get("HX-Request"))
    template = "interventions/dialog.html" if partial else "interventions/page.html"
    return render(request, template, context, status=status)
