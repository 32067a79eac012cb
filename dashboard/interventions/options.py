"""The buttons of the interventions on a canary's page; those that cannot be pressed say why."""

from __future__ import annotations

from dataclasses import dataclass

from django.conf import settings
from django.utils.translation import gettext as _

from dashboard.canary import Canary
from dashboard.deciding import Option
from dashboard.freezes import one
from dashboard.freezes.one import OnCanary, State
from dashboard.interventions import rights, rules
from dashboard.interventions.acts import DANGEROUS, FROZEN, OFFERED, Act, resource_of
from dashboard.known import Known
from dashboard.models import Intervention
from gates import clusters
from gates.access_rights import Access
from gates.keys import subject
from gates.permissions import APPROVER, needs


@dataclass(frozen=True, slots=True)
class More:
    """`missing`: what our account may not patch, with the rule to add. `pending`: promotions whose
    skipAnalysis is still to be taken back."""

    options: tuple[Option, ...] = ()
    missing: tuple[tuple[str, str], ...] = ()
    pending: tuple[Intervention, ...] = ()


def more(known: Known, access: Access) -> More:
    """What the fold offers this person; nothing where interventions are switched off."""
    if not settings.INTERVENTIONS:
        return More()
    canary = known.view.canary
    frozen = bool(freezing(known))
    found = [option(act, known, access, frozen) for act in _shown(canary)]
    kinds = {each.title: each for act in OFFERED if (each := resource_of(act, canary.target_kind))}
    missing = tuple(
        (title, rights.rule(kind))
        for title, kind in kinds.items()
        if access.decides(canary.namespace)
        and rights.may_patch(kind, canary.namespace, canary.cluster) is False
    )
    rows = Intervention.objects.filter(subject=subject(canary.cluster, *canary.key))
    pending = rows.filter(take_back=True, taken_back_at__isnull=True)
    return More(tuple(found), missing, tuple(pending))


def options(known: Known, access: Access) -> list[Option]:
    """The buttons alone."""
    return list(more(known, access).options)


def option(act: Act, known: Known, access: Access, frozen: bool) -> Option:
    """One button; the role is judged first, then our account, the canary's state and freezes."""
    canary = known.view.canary
    path = clusters.address("intervene", canary.cluster, *canary.key, act.value)
    if access.decides(canary.namespace):
        why = no_right(act, canary) or rules.why_not(act, canary)
    else:
        why = needs(APPROVER, canary.namespace)
    if not why and frozen and act in FROZEN:
        why = _("A freeze holds this back until it ends.")
    style = "danger" if act in DANGEROUS else "plain"
    return Option(act.value, label(act), style, path, (), why)


def freezing(known: Known) -> list[OnCanary]:
    """The freezes that hold back what starts or promotes it by hand, whether its hooks ask or not."""
    return [each for each in one.on(known.view) if each.state is not State.EXEMPT]


def label(act: Act) -> str:
    """Named by its effect; the dots say that a dialog comes first."""
    return {
        Act.SUSPEND: _("Suspend…"),
        Act.RESUME: _("Resume…"),
        Act.PROMOTE_NOW: _("Promote now…"),
        Act.RETRY: _("Retry…"),
    }[act]


def no_right(act: Act, canary: Canary) -> str:
    """Why our account cannot; "" when it can, or when that is for the rules to say."""
    resource = resource_of(act, canary.target_kind)
    if resource is None:
        return ""
    may = rights.may_patch(resource, canary.namespace, canary.cluster)
    if may:
        return ""
    if may is None:
        return _("The cluster has not said whether Aviary may do this. Look again in a moment.")
    return _("Aviary's account may not patch %(what)s here.") % {"what": resource.title}


def _shown(canary: Canary) -> tuple[Act, ...]:
    """Of suspend and resume only the one that makes sense."""
    return tuple(act for act in OFFERED if act is not (Act.SUSPEND if canary.suspended else Act.RESUME))
