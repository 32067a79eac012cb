"""The pages of the notifications, for admins: rules, a test message, what was sent. No JavaScript."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from datetime import timedelta
from functools import wraps
from typing import Any

from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.db import Error as DatabaseError
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from dashboard.models import Notification, NotificationRule
from dashboard.notify import outbox, rows, rules, targets, texts
from dashboard.notify.about import page
from dashboard.notify.forms import RuleForm
from dashboard.notify.outbox import Letter
from dashboard.notify.rules import Caller, Wanted
from dashboard.notify.topics import Topic
from gates import callers, refusals
from gates.asked_for import Refused
from gates.permissions import ADMIN, access_of

# A test that takes longer is looked at by whoever wants to know.
WATCHED = timedelta(seconds=60)
View = Callable[..., HttpResponse]


def only_admins(view: View) -> Callable[..., HttpResponseBase]:
    """For whoever administers some namespace; each rule asks for all of its own."""

    @wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        with refusals.asked(request, refusals.NOTIFICATION, kind=rules.KIND):
            if not access_of(request.user).administers_anything:
                raise PermissionDenied(_("Needs the role %(role)s.") % {"role": ADMIN})
        return view(request, *args, **kwargs)

    return guarded


@only_admins
@require_safe
def listed(request: HttpRequest) -> HttpResponse:
    """`/notifications`: the rules, and the last messages; `state=failed` narrows them."""
    found = rules.visible(access_of(request.user))
    state = request.GET.get("state", "")
    state = state if state in Notification.State.values else ""
    tried = _tried(request, found)
    context = {
        "section": "notifications",
        "rules": rows.of_rules(found),
        "messages_told": rows.of_messages(found, state),
        "state": state,
        "states": rows.states(found),
        "tried": tried,
        "linked": bool(settings.PUBLIC_URL),
    }
    response = render(request, "notifications/list.html", context)
    if tried is not None and tried.pending and timezone.now() - tried.at < WATCHED:
        response["Refresh"] = "2"
    return response


@only_admins
@require_http_methods(["GET", "HEAD", "POST"])
def new(request: HttpRequest) -> HttpResponse:
    """`/notifications/new`: another rule."""
    access = access_of(request.user)
    namespaces = "*" if access.administers_everything else ", ".join(access.administering)
    form = RuleForm(request.POST or None, initial={"namespaces": namespaces}, label_suffix="")

    def take(wanted: Wanted) -> object:
        return rules.create(wanted, _caller(request))

    return _form(request, form, take, None)


@only_admins
@require_http_methods(["GET", "HEAD", "POST"])
def change(request: HttpRequest, number: int) -> HttpResponse:
    """`/notifications/<number>`: the same rule with other words."""
    rule = _existing(request, number)
    if rule.declared:
        why = _("This rule is from AVIARY_NOTIFY_URLS: change that setting.")
        if request.method == "POST":
            by = _caller(request)
            refusals.enter(refusals.NOTIFICATION, by.actor, by.origin, None, "rule-declared", why, rules.KIND)
        raise PermissionDenied(why)
    known = {name: getattr(rule, name) for name in rules.FIELDS}
    form = RuleForm(request.POST or None, initial=known, label_suffix="")

    def take(wanted: Wanted) -> object:
        return rules.change(number, wanted, _caller(request))

    return _form(request, form, take, rule)


@only_admins
@require_POST
def switch(request: HttpRequest, number: int) -> HttpResponse:
    """`/notifications/<number>/switch`: enable or disable it."""
    enabled = request.POST.get("enabled") == "yes"
    return _done(request, lambda: rules.switch(number, enabled, _caller(request)))


@only_admins
@require_http_methods(["GET", "HEAD", "POST"])
def remove(request: HttpRequest, number: int) -> HttpResponse:
    """`/notifications/<number>/remove`: asks, then forgets it."""
    rule = _existing(request, number)
    if request.method == "POST":
        return _done(request, lambda: rules.remove(number, _caller(request)))
    context = {"section": "notifications", "rule": rule, "address": targets.masked(rule.url)}
    return render(request, "notifications/remove.html", context)


@only_admins
@require_POST
def test(request: HttpRequest, number: int) -> HttpResponse:
    """`/notifications/<number>/test`: a message through the outbox, as every other."""
    rule = _existing(request, number)
    key = f"test:{secrets.token_hex(8)}:{rule.pk}"
    with translation.override(rule.language):
        text = texts.test(rule.name, callers.actor(request.user).name, page("notifications"))
    outbox.put([Letter(rule, key, Topic.TEST, text.title, text.body)], timezone.now())
    row = Notification.objects.get(key=key)
    return HttpResponseRedirect(f"{reverse('notifications')}?test={row.pk}")


@only_admins
@require_POST
def again(request: HttpRequest, number: int) -> HttpResponse:
    """`/notifications/messages/<number>/again`: try one that was given up, or is put off, now."""
    found = Notification.objects.filter(pk=number).select_related("rule").first() if number < 2**63 else None
    if found is None:
        raise Http404
    _existing(request, found.rule_id)
    outbox.again(number, timezone.now())
    return HttpResponseRedirect(reverse("notifications"))


def _form(
    request: HttpRequest,
    form: RuleForm,
    take: Callable[[Wanted], object],
    rule: NotificationRule | None,
) -> HttpResponse:
    error, status = "", 200
    if form.is_bound:
        status = 400
        if form.is_valid():
            try:
                take(form.wanted())
                return HttpResponseRedirect(reverse("notifications"))
            except Refused as refused:
                error, status = refused.message, refused.status
            except DatabaseError:
                error, status = _("The database does not answer, so nothing was changed. Try again."), 503
    context = {
        "section": "notifications",
        "form": form,
        "error": error,
        "rule": rule,
        "address": targets.masked(rule.url) if rule else "",
    }
    return render(request, "notifications/rule.html", context, status=status)


def _done(request: HttpRequest, act: Callable[[], object]) -> HttpResponse:
    try:
        act()
    except Refused as refused:
        if refused.status == 404:
            raise Http404 from refused
        raise PermissionDenied(refused.message) from refused
    return HttpResponseRedirect(reverse("notifications"))


def _existing(request: HttpRequest, number: int) -> NotificationRule:
    try:
        return rules.existing(number, access_of(request.user))
    except Refused as refused:
        raise Http404 from refused


def _tried(request: HttpRequest, found: list[NotificationRule]) -> rows.Told | None:
    """The test message that the address names, if it is one of theirs."""
    text = request.GET.get("test", "")
    if not (text.isascii() and text.isdigit() and len(text) < 19):
        return None
    row = Notification.objects.filter(pk=int(text), topic=Topic.TEST, rule__in=found).first()
    return rows.of_message(row) if row else None


def _caller(request: HttpRequest) -> Caller:
    return Caller(callers.actor(request.user), callers.origin(request, "page"), access_of(request.user))
