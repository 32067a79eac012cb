"""The pages of the freezes. Everything works without JavaScript."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from django import forms
from django.core.exceptions import PermissionDenied
from django.db import Error as DatabaseError
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from dashboard import stores
from dashboard.entry import located, place, read_place
from dashboard.freezes.forms import ExemptForm, FreezeForm, LiftForm, WithdrawForm
from dashboard.freezes.scope import Scope, named, scope
from gates import callers, freezes, freezing, refusals
from gates.access_rights import Access
from gates.asked_for import Refused, Subject
from gates.freezing import Caller, Wanted
from gates.models import Exemption, Freeze
from gates.permissions import ADMIN, access_of, needs, only_viewers

# Names offered while somebody types; any other name is taken as well.
MOST_OFFERED = 500
_refused = refusals.of_form(refusals.FREEZE, freezing.KIND)


@dataclass(frozen=True, slots=True)
class Row:
    """One freeze as a person sees it; `why_not` names the role that changing it needs, "" when they may."""

    freeze: Freeze
    namespaces: str
    exemptions: list[Exemption]
    why_not: str


@only_viewers
@require_safe
def listed(request: HttpRequest) -> HttpResponse:
    """`/freezes`: current, coming, past."""
    access = access_of(request.user)
    current, coming, past = freezes.listed(timezone.now())
    context = {
        "section": "freezes",
        "current": _rows(current, access),
        "coming": _rows(coming, access),
        "past": _rows(past, access),
        "may_freeze": access.administers_anything,
    }
    return render(request, "freezes/list.html", context)


@_refused
@only_viewers
@require_http_methods(["GET", "HEAD", "POST"])
def new(request: HttpRequest) -> HttpResponse:
    """`/freezes/new`: the form, then what it would stop, then the freeze."""
    access = access_of(request.user)
    if not access.administers_anything:
        raise PermissionDenied(_("Needs the role %(role)s.") % {"role": ADMIN})
    step = request.POST.get("step", "")
    form = FreezeForm(request.POST if request.method == "POST" else None, label_suffix="")
    if not form.is_bound or step == "change":
        return _form(request, form, access)
    if not form.is_valid():
        return _form(request, form, access, status=400)
    try:
        if step == "confirm":
            freezing.create(form.wanted(), _caller(request))
            return HttpResponseRedirect(reverse("freezes"))
        wanted = freezing.permitted(form.wanted(), access)
    except Refused as refused:
        return _form(request, form, access, refused.message, refused.status)
    except DatabaseError:
        error = _("The database does not answer, so nothing was frozen. Try again.")
        return _form(request, form, access, error, 503)
    return _preview(request, form, wanted, access)


@_refused
@only_viewers
@require_http_methods(["GET", "HEAD", "POST"])
def lift(request: HttpRequest, number: int) -> HttpResponse:
    """`/freezes/<number>/lift`: end it early."""
    return _act(
        request,
        number,
        LiftForm,
        "lift",
        lambda form: freezing.lift(number, _caller(request), form.cleaned_data["reason"]),
    )


@_refused
@only_viewers
@require_http_methods(["GET", "HEAD", "POST"])
def exempt(request: HttpRequest, number: int) -> HttpResponse:
    """`/freezes/<number>/exempt`: let one canary through; `canary` in the address fills it in."""

    def take(form: forms.Form) -> object:
        named = form.cleaned_data["canary"].strip()
        cluster, key = located(read_place(named) or tuple(named.partition("/")[::2]))
        canary = Subject(cluster, *key)
        return freezing.exempt(number, canary, _caller(request), form.cleaned_data["reason"])

    return _act(request, number, ExemptForm, "exempt", take)


@_refused
@only_viewers
@require_http_methods(["GET", "HEAD", "POST"])
def withdraw(request: HttpRequest, number: int, exemption: int) -> HttpResponse:
    """`/freezes/<number>/exemptions/<exemption>/withdraw`: hold the canary again."""

    found = next((row for row in _seen(request, number) if row.pk == exemption), None)
    if found is None:
        raise Http404

    def take(form: forms.Form) -> object:
        return freezing.withdraw(number, exemption, _caller(request), form.cleaned_data["reason"])

    return _act(request, number, WithdrawForm, "withdraw", take, found)


def _act(
    request: HttpRequest,
    number: int,
    kind: type[forms.Form],
    action: str,
    take: Callable[[forms.Form], object],
    exemption: Exemption | None = None,
) -> HttpResponse:
    """A page with a form that changes one freeze."""
    access = access_of(request.user)
    freeze = _existing(number, access)
    if not access.may_hand_out(freeze.namespaces):
        raise PermissionDenied(_why_not())
    initial = {"canary": request.GET.get("canary", "")}
    form = kind(request.POST if request.method == "POST" else None, initial=initial, label_suffix="")
    error, status = "", 200
    if form.is_bound:
        if form.is_valid():
            try:
                take(form)
                return HttpResponseRedirect(reverse("freezes"))
            except Refused as refused:
                error, status = refused.message, refused.status
        else:
            status = 400
    offered = named(freeze, stores.everything(), access) if action == "exempt" else []
    context = {
        "section": "freezes",
        "action": action,
        "freeze": freeze,
        "exemption": exemption,
        "form": form,
        "error": error,
        "canaries": sorted("/".join(place(view.canary.cluster, view.key)) for view in offered)[:MOST_OFFERED],
    }
    return render(request, "freezes/act.html", context, status=status)


def _form(
    request: HttpRequest, form: FreezeForm, access: Access, error: str = "", status: int = 200
) -> HttpResponse:
    context = {
        "section": "freezes",
        "form": form,
        "error": error,
        "where": "" if access.administers_everything else ", ".join(access.administering),
    }
    return render(request, "freezes/new.html", context, status=status)


def _preview(request: HttpRequest, form: FreezeForm, wanted: Wanted, access: Access) -> HttpResponse:
    """What would be stopped, at which weight; nothing is changed."""
    found = preview(wanted, access)
    context = {
        "section": "freezes",
        "form": form,
        "wanted": wanted,
        "scope": found,
        "now": not wanted.starts_at,
    }
    return render(request, "freezes/preview.html", context)


def preview(wanted: Wanted, access: Access) -> Scope:
    """Whom such a freeze would hold if it began now."""
    freeze = Freeze(namespaces=wanted.namespaces, canaries=wanted.canaries, in_flight=wanted.in_flight)
    return scope(freeze, stores.everything(), access)


def _existing(number: int, access: Access) -> Freeze:
    try:
        return freezing.existing(number, access)
    except Refused as refused:
        raise Http404 from refused


def _rows(found: list[Freeze], access: Access) -> list[Row]:
    return [
        Row(
            freeze,
            ", ".join(access.shown(freeze.namespaces)),
            seen_exemptions(freeze, access),
            "" if access.may_hand_out(freeze.namespaces) else _why_not(),
        )
        for freeze in found
        if access.reaches(freeze.namespaces)
    ]


def _seen(request: HttpRequest, number: int) -> list[Exemption]:
    access = access_of(request.user)
    return seen_exemptions(_existing(number, access), access)


def seen_exemptions(freeze: Freeze, access: Access) -> list[Exemption]:
    """Those of canaries that the person may see."""
    return [each for each in freeze.exemptions.all() if access.views(each.namespace)]


def _why_not() -> str:
    # Without its patterns: some of them may be none of their business.
    return needs(ADMIN, _("all that the freeze names"))


def _caller(request: HttpRequest) -> Caller:
    return Caller(callers.actor(request.user), callers.origin(request, "page"), access_of(request.user))
