"""Roles in namespaces for people: who has which, granting and revoking. Works without JavaScript."""

from __future__ import annotations

from dataclasses import dataclass

from django import forms
from django.contrib.auth import get_user_model
from django.contrib.auth.models import Group
from django.core.exceptions import PermissionDenied
from django.core.paginator import Page, Paginator
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from gates import callers, refusals, roles
from gates.access_rights import Access
from gates.actions import LONGEST_REASON
from gates.asked_for import Refused
from gates.models import AuditEntry, RoleGrant
from gates.permissions import (
    ADMIN,
    EVERYWHERE,
    access_of,
    may_administer,
    needs_to_read_roles,
    only_viewers,
)
from gates.role_wording import LABELS
from gates.roles import Admin, Wanted

PAGE = 100
# Names offered while somebody types; any other name is taken as well.
MOST_OFFERED = 500
# People named beside a role that is held everywhere.
MOST_NAMED = 50


@dataclass(frozen=True, slots=True)
class Row:
    """One grant; `entry` says who granted it when, `revocable` whether this admin may end it."""

    grant: RoleGrant
    entry: AuditEntry | None
    revocable: bool


class GrantForm(forms.Form):
    """A role for a person or a group."""

    role = forms.ChoiceField(label=gettext_lazy("Role"), choices=list(LABELS.items()))
    user = forms.CharField(
        label=gettext_lazy("Person"),
        required=False,
        max_length=150,
        widget=forms.TextInput(
            attrs={"list": "people", "autocomplete": "off", "placeholder": gettext_lazy("sign-in name")}
        ),
    )
    group = forms.CharField(
        label=gettext_lazy("or group"),
        required=False,
        max_length=150,
        widget=forms.TextInput(attrs={"list": "groups", "autocomplete": "off"}),
    )
    namespaces = forms.CharField(
        label=gettext_lazy("Namespaces"),
        max_length=4000,
        widget=forms.TextInput(attrs={"autocomplete": "off", "placeholder": "payments-*, catalog"}),
    )
    reason = forms.CharField(label=gettext_lazy("Reason"), required=False, max_length=LONGEST_REASON)


class RevokeForm(forms.Form):
    """Why a role is taken away."""

    reason = forms.CharField(label=gettext_lazy("Reason"), required=False, max_length=LONGEST_REASON)


@refusals.of_form(refusals.ROLE, roles.KIND)
@only_viewers
@require_http_methods(["GET", "HEAD", "POST"])
def listed(request: HttpRequest) -> HttpResponse:
    """`/roles`: GET the roles that reach into one's namespaces, POST to grant one."""
    access = _readers(request)
    if request.method == "POST":
        _admins(request)
    form = GrantForm(request.POST if request.method == "POST" else None, label_suffix="")
    error, status = "", 200
    if form.is_bound:
        if not form.is_valid():
            status = 400
        else:
            wanted, reason = dict(form.cleaned_data), form.cleaned_data["reason"]
            wanted.pop("reason")
            try:
                roles.grant(_admin(request, reason), Wanted(**wanted))
                return HttpResponseRedirect(reverse("roles"))
            except Refused as refused:
                error, status = refused.message, refused.status
    found = Paginator(access.grants(), PAGE).get_page(request.GET.get("page"))
    context = {
        "section": "roles",
        "form": form if access.administers_anything else None,
        "error": error,
        "everywhere_held": _everywhere() if access.audits else [],
        "rows": _rows(found, access),
        "found": found,
        "everywhere": access.audits,
        "where": ", ".join(access.administering),
        "people": get_user_model().objects.filter(is_active=True).order_by("username")[:MOST_OFFERED],
        "groups": Group.objects.order_by("name")[:MOST_OFFERED],
        "may_administer_people": may_administer(request.user),
    }
    return render(request, "roles/list.html", context, status=status)


@refusals.of_form(refusals.ROLE, roles.KIND)
@only_viewers
@require_http_methods(["GET", "HEAD", "POST"])
def revoke(request: HttpRequest, number: int) -> HttpResponse:
    """`/roles/<number>/revoke`: GET what would be taken away, POST to do it."""
    access = _admins(request)
    grant = next((each for each in access.grants() if each.pk == number), None)
    if grant is None:
        raise Http404
    form = RevokeForm(request.POST if request.method == "POST" else None, label_suffix="")
    error, status = "", 200
    if form.is_bound:
        if form.is_valid():
            try:
                roles.revoke(_admin(request, form.cleaned_data["reason"]), number)
                return HttpResponseRedirect(reverse("roles"))
            except Refused as refused:
                error, status = refused.message, refused.status
        else:
            status = 400
    context = {"section": "roles", "grant": grant, "form": form, "error": error}
    return render(request, "roles/revoke.html", context, status=status)


def _readers(request: HttpRequest) -> Access:
    access = access_of(request.user)
    if not access.reads_roles:
        raise PermissionDenied(needs_to_read_roles())
    return access


def _everywhere() -> list[tuple[str, list[str], int]]:
    """The roles that are held in every namespace by groups: those who hold them, and how many more do."""
    active = get_user_model().objects.filter(is_active=True).order_by("username")
    held = [("superuser", active.filter(is_superuser=True))]
    held += [(name, active.filter(groups__name=name)) for name in reversed(EVERYWHERE)]
    names = [(role, list(people.values_list("username", flat=True))) for role, people in held]
    return [(role, people[:MOST_NAMED], len(people[MOST_NAMED:])) for role, people in names]


def _admins(request: HttpRequest) -> Access:
    access = access_of(request.user)
    if not access.administers_anything:
        raise PermissionDenied(_("Needs the role %(role)s.") % {"role": ADMIN})
    return access


def _admin(request: HttpRequest, reason: str) -> Admin:
    return Admin(request.user, callers.actor(request.user), callers.origin(request, "page"), reason.strip())


def _rows(found: Page[RoleGrant], access: Access) -> list[Row]:
    entries = AuditEntry.objects.in_bulk([grant.decision for grant in found])
    return [Row(grant, entries.get(grant.decision), access.may_hand_out(grant.namespaces)) for grant in found]
