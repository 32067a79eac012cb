"""The form of one rule. What cannot be, `rules.py` refuses."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from dashboard.notify import reminders
from dashboard.notify.rules import LANGUAGES, LONGEST_NAME, Wanted
from dashboard.notify.targets import LONGEST_URL
from dashboard.notify.topics import OFFERED, USUAL
from gates.named_patterns import LONGEST_PATTERNS


class Secret(forms.TextInput):
    """Taken and never given back: a page with an address on it could be seen by others."""

    def get_context(self, name: str, value: Any, attrs: dict[str, Any] | None) -> dict[str, Any]:
        """Always empty."""
        return super().get_context(name, None, attrs)


class RuleForm(forms.Form):
    """A rule as it is asked for."""

    name = forms.CharField(
        label=_("Name"),
        max_length=LONGEST_NAME,
        widget=forms.TextInput(attrs={"autocomplete": "off", "placeholder": _("Payments on call")}),
    )
    url = forms.CharField(
        label=_("Address"),
        max_length=LONGEST_URL,
        required=False,
        widget=Secret(attrs={"autocomplete": "off", "spellcheck": "false", "placeholder": "slack://…"}),
    )
    namespaces = forms.CharField(
        label=_("Namespaces"),
        max_length=LONGEST_PATTERNS,
        widget=forms.TextInput(attrs={"autocomplete": "off", "placeholder": "payments-*, catalog"}),
    )
    clusters = forms.CharField(
        label=_("Clusters"),
        max_length=LONGEST_PATTERNS,
        initial="*",
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    events = forms.MultipleChoiceField(
        label=_("Events"),
        choices=[(topic.value, word) for topic, (word, _told) in OFFERED.items()],
        initial=[topic.value for topic in USUAL],
        error_messages={"required": _("Choose at least one of the events.")},
    )
    reminders = forms.CharField(
        label=_("Remind after"),
        required=False,
        max_length=100,
        initial=reminders.USUAL,
        widget=forms.TextInput(attrs={"autocomplete": "off", "placeholder": reminders.USUAL}),
    )
    language = forms.ChoiceField(label=_("Language"), choices=list(LANGUAGES.items()))
    enabled = forms.BooleanField(label=_("Enabled"), required=False, initial=True)

    def wanted(self) -> Wanted:
        """What was filled in."""
        filled = dict(self.cleaned_data)
        return Wanted(**(filled | {"events": tuple(filled["events"])}))

    def offered(self) -> list[tuple[str, Any, Any, bool]]:
        """Each event: its value, its word, what is told, and whether it is ticked."""
        ticked = set(self["events"].value() or ())
        return [(topic.value, word, told, topic.value in ticked) for topic, (word, told) in OFFERED.items()]
