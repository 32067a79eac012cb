"""Patterns of names as people write them: tidied, or refused with what to write instead."""

from __future__ import annotations

from django.utils.translation import gettext as _

from gates import patterns
from gates.asked_for import Refused

LONGEST_PATTERNS = 2000


def read(text: str, label: str) -> str:
    """Tidy patterns, separated by commas; `label` names the field. Raises Refused."""
    found = patterns.parts(text)
    if not found:
        message = _("%(label)s: name at least one pattern; * means all.")
        raise Refused("patterns-empty", message % {"label": label}, 400)
    wrong = next((each for each in found if not patterns.WRITTEN.fullmatch(each)), None)
    if wrong is not None:
        message = _("%(label)s: “%(pattern)s” may hold small letters, digits, “-”, “.”, “*” and “?” only.")
        shown = wrong.replace("\x00", "?")[:60]
        raise Refused("patterns-unreadable", message % {"label": label, "pattern": shown}, 400)
    tidy = ", ".join(found)
    if len(tidy) > LONGEST_PATTERNS:
        message = _("%(label)s: the patterns are longer than 2,000 characters.")
        raise Refused("patterns-too-long", message % {"label": label}, 400)
    return tidy
