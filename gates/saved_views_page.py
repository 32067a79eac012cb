"""Saved views of the log for people: each has their own. Works without JavaScript."""

from __future__ import annotations

from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, QueryDict
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST

from gates import audit_address, saved_views
from gates.asked_for import Refused
from gates.forms import AuditForm
from gates.models import SavedView
from gates.permissions import only_viewers

LONGEST_QUERY = 8000


class NameForm(forms.Form):
    """What a view is called."""

    name = forms.CharField(
        label=gettext_lazy("Name"),
        max_length=80,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
        error_messages={"required": gettext_lazy("Give the view a name.")},
    )


class SaveForm(NameForm):
    """A name, and filters as in the audit page's address."""

    query = forms.CharField(
        max_length=LONGEST_QUERY,
        widget=forms.HiddenInput,
        error_messages={"required": gettext_lazy("Set a filter first: without one, it is the whole log.")},
    )

    def clean_query(self) -> str:
        """The same in one writing; what the page would refuse is not kept."""
        query = QueryDict(self.cleaned_data["query"])
        filters = audit_address.tidy(query)
        if not filters:
            raise forms.ValidationError(self.fields["query"].error_messages["required"])
        if not AuditForm(filters).is_valid():
            raise forms.ValidationError(_("These filters are not right: correct them before you save them."))
        return audit_address.written(filters)[1:]


@only_viewers
@require_http_methods(["GET", "HEAD", "POST"])
def listed(request: HttpRequest) -> HttpResponse:
    """`/audit/views`: GET one's views, POST to save one."""
    if request.method != "POST":
        return _show(request)
    form = SaveForm(request.POST)
    if not form.is_valid():
        return _show(request, " ".join(str(each) for errors in form.errors.values() for each in errors), 400)
    try:
        view = saved_views.save(request.user, form.cleaned_data["name"], form.cleaned_data["query"])
    except Refused as refused:
        return _show(request, refused.message, refused.status)
    return HttpResponseRedirect(f"{reverse('audit')}?{view.query}")


@only_viewers
@require_POST
def changed(request: HttpRequest, number: int) -> HttpResponse:
    """`/audit/views/<number>`: POST `act=rename` with a `name`, or `act=delete`."""
    try:
        if request.POST.get("act") == "delete":
            saved_views.remove(request.user, number)
        else:
            form = NameForm(request.POST)
            if not form.is_valid():
                return _show(request, " ".join(map(str, form.errors["name"])), 400)
            saved_views.rename(request.user, number, form.cleaned_data["name"])
    except Refused as refused:
        return _show(request, refused.message, refused.status)
    return HttpResponseRedirect(reverse("audit-views"))


def _show(request: HttpRequest, error: str = "", status: int = 200) -> HttpResponse:
    views = [(view, _chips(view)) for view in saved_views.of(request.user)]
    context: dict[str, Any] = {"section": "audit", "views": views, "error": error}
    return render(request, "audit/views.html", context, status=status)


def _chips(view: SavedView) -> list[audit_address.Chip]:
    return audit_address.chips(audit_address.tidy(QueryDict(view.query)))
