"""What the filters in the addresses of several pages have in common."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from gates import clusters
from gates.search import BIGGEST


class Day(forms.DateInput):
    """A date picker."""

    input_type = "date"


def day_field(label: Any) -> forms.DateField:
    """One day."""
    return forms.DateField(
        label=label,
        required=False,
        widget=Day(format="%Y-%m-%d"),
        input_formats=["%Y-%m-%d"],
        error_messages={"invalid": _("This is no date: write it as 2026-11-24.")},
    )


def text_field(label: Any, most: int, placeholder: Any = "", **more: str) -> forms.CharField:
    """A few words, at most so many characters."""
    attributes = {"autocomplete": "off", "placeholder": placeholder, **more}
    return forms.CharField(
        label=label, required=False, max_length=most, widget=forms.TextInput(attrs=attributes)
    )


def number_field() -> forms.IntegerField:
    """The number of a row; nobody types it."""
    return forms.IntegerField(required=False, min_value=1, max_value=BIGGEST, widget=forms.HiddenInput)


class FilterForm(forms.Form):
    """Has the fields `since` and `until`, and `cluster`, which is shown where there are several."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not clusters.several():
            del self.fields["cluster"]

    def clean(self) -> dict[str, Any]:
        """A range that ends before it begins finds nothing: say so instead."""
        values = super().clean() or {}
        since, until = values.get("since"), values.get("until")
        if since and until and until < since:
            self.add_error("until", _("This lies before “From”."))
        return values
