"""The filters of the releases page; all of them live in its address."""

from __future__ import annotations

from datetime import UTC, datetime, time

from django import forms
from django.utils.translation import gettext_lazy as _

from dashboard.models import Release
from dashboard.releases.search import Search
from gates.filter_forms import FilterForm, day_field, number_field, text_field

LONGEST = 600


class ReleaseForm(FilterForm):
    """`outcome` comes from the counts, `before` is the cursor."""

    namespace = text_field(_("Namespace"), LONGEST, _("payments"))
    canary = text_field(_("Canary"), LONGEST, _("name, or namespace/name"))
    cluster = text_field(_("Cluster"), LONGEST)
    text = text_field(_("Image or revision"), LONGEST, _("shop/cart:2.1, 4f0c2a"))
    approver = text_field(_("Approved by"), LONGEST, _("name, as the log has it"))
    since = day_field(_("From"))
    until = day_field(_("To"))
    outcome = forms.ChoiceField(
        required=False,
        choices=[("", ""), *Release.Outcome.choices],
        widget=forms.HiddenInput,
        error_messages={"invalid_choice": _("There is no such outcome: choose one of the list.")},
    )
    before = number_field()

    def search(self) -> Search:
        """What to look for; days are whole days in UTC."""
        values = self.cleaned_data
        return Search(
            namespace=values["namespace"],
            canary=values["canary"],
            cluster=values.get("cluster", ""),
            text=values["text"],
            approver=values["approver"],
            since=values["since"] and datetime.combine(values["since"], time.min, UTC),
            until=values["until"] and datetime.combine(values["until"], time.max, UTC),
        )
