"""`/tokens`: one's own tokens, and for admins those of services and of Flagger. Works without JavaScript.

A token's text is in the answer to the form that made it, and nowhere else: no redirect carries it, no cache
keeps it.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import NoReturn

from django import forms
from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.db import Error as DatabaseError
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.http.request import split_domain_port
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from gates import api_tokens, callers, refusals, token_rows, webhook_tokens
from gates.asked_for import Refused
from gates.permissions import ADMIN, View, access_of, needs, only_viewers
from gates.roles import Admin
from gates.token_forms import FORMS, RotateForm

Make = Callable[[], str]


def _refused(view: View) -> View:
    """As `refusals.of_form`, by the kind of token that the address names; without one it is Flagger's."""

    @wraps(view)
    def within(request: HttpRequest, *args: object, **kwargs: object) -> HttpResponseBase:
        with refusals.asked(request, refusals.TOKEN, kind=_log_kind(kwargs.get("kind", "webhook"))):
            return view(request, *args, **kwargs)

    return within


def _log_kind(kind: object) -> str:
    return webhook_tokens.KIND if kind == "webhook" else api_tokens.KIND


@only_viewers
@require_safe
def listed(request: HttpRequest) -> HttpResponse:
    """All tokens that this person may see."""
    access = access_of(request.user)
    context = {
        "section": "tokens",
        "groups": token_rows.groups(request.user, access),
        "administers": access.administers_anything,
        "mode": settings.WEBHOOK_AUTH,
        "declared": len(settings.WEBHOOK_TOKENS),
    }
    return render(request, "tokens/list.html", context)


@_refused
@only_viewers
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def new(request: HttpRequest, kind: str) -> HttpResponse:
    """`/tokens/new/<kind>`: kind is personal, service or webhook; the answer to POST shows the token."""
    access = access_of(request.user)
    if kind not in FORMS:
        raise Http404
    if kind != "personal" and not access.administers_anything:
        raise PermissionDenied(_("Needs the role %(role)s.") % {"role": ADMIN})
    mine = access.viewing if kind == "personal" else access.administering
    form = FORMS[kind](request.POST or None, initial={"namespaces": ", ".join(mine)}, label_suffix="")

    def make() -> str:
        values = form.values()
        if kind == "webhook":
            return webhook_tokens.make(_admin(request), webhook_tokens.Wanted(**values))[1]
        maker = api_tokens.make if kind == "personal" else api_tokens.make_for_service
        return maker(_admin(request), api_tokens.Wanted(**values))[1]

    return _made(request, form, make, {"kind": kind, "title": token_rows.TITLES[kind]})


@_refused
@only_viewers
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def rotate(request: HttpRequest, number: int) -> HttpResponse:
    """`/tokens/webhook/<number>/replace`: another one for the same; both are valid for a while."""
    row = next((row for row in _webhooks(request) if row.number == number), None)
    if row is None or not row.revocable:
        _nothing(request, "webhook", row)
    form = RotateForm(request.POST or None, label_suffix="")

    def make() -> str:
        return webhook_tokens.rotate(_admin(request), number, int(form.cleaned_data["hours"]))[1]

    return _made(request, form, make, {"kind": "webhook", "row": row, "title": _("Replace a webhook token")})


@_refused
@only_viewers
@require_http_methods(["GET", "HEAD", "POST"])
def revoke(request: HttpRequest, kind: str, key: str) -> HttpResponse:
    """`/tokens/<kind>/<key>/revoke`: GET what ends, POST to end it."""
    rows = token_rows.groups(request.user, access_of(request.user))
    found = [row for group in rows for row in group.rows if (row.kind, row.key) == (kind, key)]
    if not found or not found[0].revocable:
        _nothing(request, kind, found[0] if found else None)
    error, status = "", 200
    if request.method == "POST":
        try:
            if kind == "webhook":
                webhook_tokens.revoke(_admin(request), found[0].number)
            else:
                api_tokens.revoke(_admin(request), key)
            return HttpResponseRedirect(reverse("tokens"))
        except Refused as refused:
            error, status = refused.message, refused.status
    context = {"section": "tokens", "row": found[0], "error": error}
    return render(request, "tokens/revoke.html", context, status=status)


def _made(request: HttpRequest, form: forms.Form, make: Make, context: dict[str, object]) -> HttpResponse:
    error, status = "", 200
    if form.is_bound:
        status = 400
        if form.is_valid():
            try:
                token = make()
                shown = {
                    **context,
                    "section": "tokens",
                    "token": token,
                    "base": _base(request, kind=context["kind"]),
                }
                return render(request, "tokens/made.html", shown)
            except Refused as refused:
                error, status = refused.message, refused.status
            except DatabaseError:
                error, status = _("The database does not answer, so nothing was changed. Try again."), 503
    context = {**context, "section": "tokens", "form": form, "error": error}
    return render(request, "tokens/new.html", context, status=status)


def _base(request: HttpRequest, kind: object) -> str:
    """The address in the examples."""
    if kind == "webhook" and settings.WEBHOOK_PORT:
        host, _port = split_domain_port(request.get_host())
        return f"http://{host}:{settings.WEBHOOK_PORT}"
    return settings.PUBLIC_URL or request.build_absolute_uri("/").rstrip("/")


def _nothing(request: HttpRequest, kind: str, row: token_rows.Row | None) -> NoReturn:
    """404. Of a form there is an entry, too: for those who do not see all tokens whether it is there or not,
    as numbers of later entries would tell them which."""
    if request.method == "POST" and (row or not access_of(request.user).audits):
        code, why = "no-such-token", _("There is no such token, or no longer.")
        if row is not None:
            code, why = "role-required", needs(ADMIN, row.namespaces)
        admin = _admin(request)
        refusals.enter(refusals.TOKEN, admin.actor, admin.origin, None, code, why, _log_kind(kind))
    raise Http404


def _webhooks(request: HttpRequest) -> list[token_rows.Row]:
    rows = token_rows.groups(request.user, access_of(request.user))
    return [row for group in rows for row in group.rows if row.kind == "webhook"]


def _admin(request: HttpRequest) -> Admin:
    return Admin(request.user, callers.actor(request.user), callers.origin(request, "page"))
