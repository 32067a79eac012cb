"""What every page may use."""

from __future__ import annotations

from django.contrib.auth import get_user_model
from django.db.models import Q
from django.http import HttpRequest
from django.utils.translation import gettext as _

from dashboard import stores
from gates.permissions import ADMIN, may_administer, may_decide, may_view

MOST_NAMES = 5


def aviary(request: HttpRequest) -> dict[str, object]:
    """What base.html needs. Pages that follow the cluster add their `live_address` themselves: a page
    that does not follow must not say that it is live."""
    user = getattr(request, "user", None)
    if user is None or not user.is_authenticated:
        return {}
    viewer = may_view(user)
    return {
        "cluster_label": stores.current().label if viewer else "",
        "may_view": viewer,
        "may_decide": viewer and may_decide(user),
        "may_administer": may_administer(user),
        "role_label": _role(viewer, user),
        "administrators": [] if viewer else _administrators(),
    }


def _administrators() -> list[str]:
    """Whom a person without a role can ask."""
    people = get_user_model().objects.filter(is_active=True)
    asked = people.filter(Q(is_superuser=True) | Q(groups__name=ADMIN)).distinct().order_by("username")
    return [user.get_username() for user in asked[:MOST_NAMES]]


def _role(viewer: bool, user: object) -> str:
    if not viewer:
        return _("no role")
    if may_administer(user):
        return _("may look, decide and administer")
    return _("may look and decide") if may_decide(user) else _("may look")
