"""The filters of the audit page and of exports, as they stand in the address."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from gates.filter_forms import FilterForm, day_field, number_field, text_field
from gates.filters import Filters
from gates.topic_wording import choices

OUTCOMES = [
    ("", _("any")),
    ("changed", _("changed something")),
    ("unchanged", _("without effect")),
    ("refused", _("refused")),
]
# Days up to and with today, in UTC.
PERIODS = {"today": (_("today"), 1), "7d": (_("the last 7 days"), 7), "30d": (_("the last 30 days"), 30)}


class AuditForm(FilterForm):
    """All optional. `period` ends now, whenever that is; `before` is the cursor."""

    person = text_field(_("Person"), 200, _("name, as the log has it"), list="persons")
    canary = text_field(_("Canary"), 600, _("namespace/name, or a part"), list="canaries")
    namespace = text_field(_("Namespace"), 253, list="namespaces")
    cluster = text_field(_("Cluster"), 63)
    action = forms.ChoiceField(
        label=_("Action"),
        required=False,
        choices=choices,
        error_messages={"invalid_choice": _("There is no such action: choose one of the list.")},
    )
    outcome = forms.ChoiceField(label=_("Outcome"), required=False, choices=OUTCOMES)
    period = forms.ChoiceField(
        label=_("Period"),
        required=False,
        choices=[("", _("any")), *((name, label) for name, (label, _days) in PERIODS.items())],
    )
    since = day_field(_("From"))
    until = day_field(_("To"))
    revision = text_field(_("Revision"), 64, _("its first letters"))
    image = text_field(_("Image"), 600, _("a part, from or to"))
    text = text_field(_("In the reason"), 200, _("words"))
    decision = number_field()
    release = forms.CharField(required=False, max_length=64, widget=forms.HiddenInput)
    before = number_field()

    def clean(self) -> dict[str, Any]:
        """Also what means two things is said."""
        values = super().clean()
        if values.get("period") and (values.get("since") or values.get("until")):
            self.add_error("period", _("Choose either a period or dates."))
        return values

    def filters(self) -> Filters:
        """What to look for; days are whole days in UTC, as the page's times are."""
        values = self.cleaned_data
        until: date | None = values["until"]
        since: date | None = values["since"] or _first_day(values["period"])
        return Filters(
            **{name: values[name] for name in ("canary", "action", "outcome", "revision", "image", "text")},
            namespace=values["namespace"] or None,
            actor=values["person"],
            cluster=values.get("cluster", ""),
            since=datetime.combine(since, time.min, UTC) if since else None,
            until=datetime.combine(until, time.max, UTC) if until else None,
            decision=values["decision"],
            release=values["release"],
        )


def _first_day(period: str) -> date | None:
    if not period:
        return None
    return timezone.now().astimezone(UTC).date() - timedelta(days=PERIODS[period][1] - 1)
