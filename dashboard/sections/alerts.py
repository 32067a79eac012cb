"""Which alerts the analysis sends, how bad it must be, and where they go."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from dashboard.around.referred import AlertProvider
from dashboard.fields import Fields, Problems
from dashboard.sections import referring
from dashboard.sections.look import Look

SEVERITIES = {
    "info": _("everything"),
    "warn": _("warnings and errors"),
    "error": _("errors only"),
    # Flagger's documentation says info, its code compares and never sends.
    "": _("nothing: no severity is written"),
}
TYPES = frozenset({"slack", "discord", "rocket", "msteams", "gchat"})
# The ones that have channels; Flagger's default is general.
CHANNELS = frozenset({"slack", "discord", "rocket"})


@dataclass(frozen=True, slots=True)
class Alert:
    """`provider` None when it is not known: `trouble` says why, or what keeps alerts from being sent."""

    name: str
    severity: str
    sends: str | Promise
    reference: str
    provider: AlertProvider | None
    trouble: str | Promise

    @property
    def channel(self) -> str:
        """Where in the chat, or ""."""
        if self.provider is None or self.provider.type not in CHANNELS:
            return ""
        return self.provider.channel or "general"


def context(look: Look) -> Mapping[str, object]:
    """In the manifest's order."""
    spec = Fields(look.canary.raw, "", Problems()).inner("spec")
    analysis = spec.inner("analysis" if "analysis" in spec else "canaryAnalysis")
    return {"alerts": [_alert(look, fields) for fields in analysis.inners("alerts")]}


def _alert(look: Look, fields: Fields) -> Alert:
    wanted = fields.inner("providerRef")
    key = (wanted.text("namespace") or look.canary.namespace, wanted.text("name"))
    found = referring.find(look, "alertproviders", look.around.alert_providers, key)
    severity = fields.text("severity")
    return Alert(
        name=fields.text("name"),
        severity=severity,
        sends=SEVERITIES.get(severity, severity),
        reference="/".join(key),
        provider=found.thing,
        trouble=_silent(found.thing) if found.thing else found.why,
    )


def _silent(provider: AlertProvider) -> str | Promise:
    """Why Flagger sends nothing there, or ""."""
    if provider.type not in TYPES:
        return _("Flagger does not know this type and sends nothing.")
    if not provider.address and not provider.secret:
        return _("It has no address, so Flagger sends nothing.")
    return ""
