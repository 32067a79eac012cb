"""Forms of the tokens' pages. What cannot be, the doors refuse."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from gates.named_patterns import LONGEST_PATTERNS
from gates.role_wording import LABELS
from gates.token_terms import LONGEST_NAME

DAYS = {
    "7": _("7 days"),
    "30": _("30 days"),
    "90": _("90 days"),
    "365": _("a year"),
    "": _("until it is revoked"),
}
OVERLAPS = {
    "0": _("nothing: it ends now"),
    "1": _("an hour"),
    "24": _("a day"),
    "168": _("a week"),
    "744": _("a month"),
}


class _Form(forms.Form):
    """What every token has."""

    name = forms.CharField(
        label=_("Name"), max_length=LONGEST_NAME, widget=forms.TextInput(attrs={"autocomplete": "off"})
    )
    namespaces = forms.CharField(
        label=_("Namespaces"),
        max_length=LONGEST_PATTERNS,
        widget=forms.TextInput(attrs={"autocomplete": "off", "placeholder": "payments-*, catalog"}),
    )
    days = forms.ChoiceField(label=_("Valid for"), choices=list(DAYS.items()), initial="90", required=False)

    def values(self) -> dict[str, Any]:
        """For a door's `Wanted`."""
        filled = dict(self.cleaned_data)
        return filled | {"days": int(filled["days"]) if filled["days"] else None}


class PersonalForm(_Form):
    """A token that acts for who makes it."""

    role = forms.ChoiceField(
        label=_("May do"),
        choices=[("", _("everything that I may")), *LABELS.items()],
        required=False,
    )
    field_order = ("name", "role", "namespaces", "days")


class ServiceForm(_Form):
    """A token of a service."""

    role = forms.ChoiceField(label=_("Role"), choices=list(LABELS.items()))
    field_order = ("name", "role", "namespaces", "days")


class WebhookForm(_Form):
    """A token for Flagger's addresses."""

    clusters = forms.CharField(
        label=_("Clusters"),
        max_length=LONGEST_PATTERNS,
        initial="*",
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    field_order = ("name", "namespaces", "clusters", "days")


class RotateForm(forms.Form):
    """For how long the old one is still valid."""

    hours = forms.ChoiceField(
        label=_("The one there is stays valid for"), choices=list(OVERLAPS.items()), initial="24"
    )


FORMS: dict[str, type[_Form]] = {"personal": PersonalForm, "service": ServiceForm, "webhook": WebhookForm}
