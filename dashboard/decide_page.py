"""The dialog of a decision: says what happens, asks for a reason, takes the decision.

Fetched by htmx into a dialog; without JavaScript the same address is a page of its own.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Any

from django.db import Error as DatabaseError
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from dashboard import confirms, dialog, images, phases, policy_words, stores
from dashboard.confirms import Confirm
from dashboard.decide_form import KEEP, DecideForm, asked_for
from dashboard.freezes import one
from dashboard.known import Known, from_database
from dashboard.store import Store
from gates import actions, callers, clusters, refusals
from gates.actions import ACTIONS, Refused, Subject
from gates.keys import DEFAULT_CLUSTER, GATE
from gates.permissions import check_may_decide, only_viewers

# Seconds until the watch has surely seen what a live read saw.
WATCH_LAG = 1.5
CHANGED = "revision-changed"


@only_viewers
@require_http_methods(["GET", "HEAD", "POST"])
def decide(
    request: HttpRequest, namespace: str, name: str, action: str, cluster: str = DEFAULT_CLUSTER
) -> HttpResponse:
    """`/canaries/<namespace>/<name>/<action>`: GET the form, POST the decision."""
    store = stores.named(cluster)
    if action not in ACTIONS:
        raise Http404
    key = (namespace, name)
    with refusals.asked(request, refusals.CODES[action], Subject(store.cluster, *key)):
        check_may_decide(request.user, namespace)
    known = from_database(store, [key]).get(key)
    if known is None:
        raise Http404
    form = DecideForm(request.POST if request.method == "POST" else request.GET)
    if not form.is_valid():
        return _dialog(request, action, known, {}, error=form.refusal, status=400)
    asked = form.cleaned_data
    if request.method != "POST":
        return _dialog(request, action, known, asked)
    if refusal := without_reason(action, known, asked):
        return _dialog(request, action, known, asked, error=refusal, status=400)
    try:
        actions.perform(action, asked_for(request, Subject(store.cluster, *key), asked))
    except Refused as refused:
        known = fresh(store, known, refused, asked["revision"])
        error, changed = refused.message, refused.code == CHANGED
        return _dialog(request, action, known, asked, error=error, status=refused.status, changed=changed)
    except DatabaseError:
        error = _("The database does not answer, so nothing was decided. Try again.")
        return _dialog(request, action, known, asked, error=error, status=503)
    if request.headers.get("HX-Request"):
        return HttpResponse(status=204, headers={"HX-Trigger": "aviary:decided"})
    return HttpResponseRedirect(clusters.address("canary", cluster, *key))


def without_reason(action: str, known: Known, asked: Mapping[str, Any]) -> str:
    """Why a rejection is refused: nobody could tell what to mend. The gates ask for other reasons."""
    typed = asked["hook"] not in ("", GATE) or confirms.current(known) is not None
    if action == "hold" and typed and not asked["reason"]:
        return _("Rejecting needs a reason.")
    return ""


def fresh(store: Store, known: Known, refused: Refused, seen: str) -> Known:
    """The canary as it is now; a revision other than `seen` may take a moment to be watched."""
    key, until = known.view.key, time.monotonic() + WATCH_LAG
    while refused.code == CHANGED and time.monotonic() < until:
        view = store.get(*key)
        if view is None or view.revision != seen:
            break
        time.sleep(0.05)
    return from_database(store, [key]).get(key, known)


def _dialog(
    request: HttpRequest,
    action: str,
    known: Known,
    asked: Mapping[str, Any],
    *,
    error: str = "",
    status: int = 200,
    changed: bool = False,
) -> HttpResponse:
    context = _context(request, action, known, asked) | {"error": error, "changed": changed}
    partial = bool(request.headers.get("HX-Request"))
    template = "decide/dialog.html" if partial else "decide/page.html"
    return render(request, template, context, status=status)


def _context(request: HttpRequest, action: str, known: Known, asked: Mapping[str, Any]) -> dict[str, object]:
    confirm = _confirm(action, known, asked)
    decision = asked.get("decision")
    voice = next((each for each in known.said.voices if each.decision == decision), None)
    person = request.user.get_username()
    reaches = dialog.reaches(known, confirm) if action == "approve" else []
    chosen = asked.get("far", "")
    return {
        "section": "canaries",
        "action": action,
        "address": clusters.address("decide", known.view.canary.cluster, *known.view.key, action),
        "canary": known.view.canary,
        "view": known.view,
        "phase": phases.of(known.view.canary.phase),
        "image": images.shown(known.view.images),
        "dialog": dialog.of(action, known, confirm, voice, asked.get("kind", ""), person),
        "confirm": confirm,
        "policy": policy_words.words(confirm.policy, confirm.hook) if confirm else [],
        "voice": voice,
        "mine": confirm and any(each.person == person for each in confirm.counted),
        "outsider": action == "approve" and confirm and _outsider(request, confirm),
        "reaches": reaches,
        "chosen": chosen if chosen in dict(reaches) else next((value for value, _text in reaches), ""),
        "keep": [(value, label) for value, (label, _time) in KEEP.items()],
        "asked": asked,
        "freezes": one.holding(known.view) if action == "approve" else [],
    }


def _outsider(request: HttpRequest, confirm: Confirm) -> bool:
    """The policy asks for a group that this person is not in."""
    return bool(confirm.policy.group) and confirm.policy.group not in callers.groups(request.user)


def _confirm(action: str, known: Known, asked: Mapping[str, Any]) -> Confirm | None:
    """The typed hook that is meant; None: the drop-in gate, or nothing of the kind."""
    if action not in ("approve", "hold") or asked.get("hook") == GATE:
        return None
    if asked.get("hook"):
        return confirms.one(known, asked["hook"], asked["gate"]) or confirms.current(known)
    return confirms.current(known)
