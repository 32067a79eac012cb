"""The fields of a decision's form, and what they ask for."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django import forms
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from gates import actions, callers
from gates.actions import LONGEST_REASON, Subject
from gates.confirm_rules import CONFIRM
from gates.keys import GATE, ROLLBACK

KEEP = {
    "": (_("until this release ends, or a newer revision appears"), None),
    "1h": (_("for 1 hour, whatever is released meanwhile"), timedelta(hours=1)),
    "8h": (_("for 8 hours, whatever is released meanwhile"), timedelta(hours=8)),
    "1d": (_("for 1 day, whatever is released meanwhile"), timedelta(days=1)),
    "7d": (_("for 7 days, whatever is released meanwhile"), timedelta(days=7)),
}
# How far more traffic is approved: `step:25`, `up-to:50` (per cent), `all`.
FAR = r"^(all|(step|up-to):([1-9][0-9]?|100))\Z"


class DecideForm(forms.Form):
    """`revision` is the one that the person saw; `hook` and `gate` name the typed hook, "" the drop-in gate;
    `decision` is what is to be withdrawn."""

    reason = forms.CharField(required=False, max_length=LONGEST_REASON, strip=True)
    revision = forms.CharField(required=False, max_length=64)
    keep = forms.ChoiceField(required=False, choices=[(name, label) for name, (label, _time) in KEEP.items()])
    kind = forms.ChoiceField(required=False, choices=[(GATE, GATE), (ROLLBACK, ROLLBACK)])
    hook = forms.ChoiceField(required=False, choices=[(name, name) for name in (*sorted(CONFIRM), GATE)])
    gate = forms.RegexField(r"^[A-Za-z0-9._~-]{1,100}\Z", required=False)
    far = forms.RegexField(FAR, required=False)
    decision = forms.IntegerField(required=False, min_value=1, max_value=2**63 - 1)

    @property
    def refusal(self) -> str:
        """What is wrong, in one line."""
        return " ".join(str(error) for errors in self.errors.values() for error in errors)


def asked_for(request: HttpRequest, subject: Subject, asked: dict[str, Any]) -> actions.Request:
    """What the person at this form asks for; `asked` is its cleaned data."""
    time = KEEP[asked["keep"]][1]
    reach, _colon, weight = asked["far"].partition(":")
    return actions.Request(
        subject=subject,
        actor=callers.actor(request.user),
        origin=callers.origin(request, "page"),
        reason=asked["reason"],
        revision=asked["revision"],
        until=timezone.now() + time if time else None,
        kind=asked["kind"],
        hook=asked["hook"],
        gate=asked["gate"],
        reach=reach,
        weight=int(weight) if weight else None,
        groups=callers.groups(request.user),
        decision=asked["decision"],
    )
