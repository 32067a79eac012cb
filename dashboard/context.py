"""What every page may use."""

from __future__ import annotations

from django.contrib.auth import get_user_model
from django.db.models import Q
from django.http import HttpRequest
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from dashboard import stores, viewer, windows
from dashboard.freezes import banner
from gates import clusters
from gates.access_rights import Access
from gates.patterns import ANY
from gates.permissions import ADMIN, access_of, may_administer

MOST_NAMES = 5
MOST_LABELS = 3


def aviary(request: HttpRequest) -> dict[str, object]:
    """What base.html needs. Pages that follow the cluster add their `live_address` themselves: a page
    that does not follow must not say that it is live. But each hears when its reader may see it no longer.
    """
    user = getattr(request, "user", None)
    if user is None or not user.is_authenticated:
        return {}
    access = access_of(user)
    may_view = access.views_anything
    return {
        "standing_address": windows.standing(viewer.mark(user.get_username(), access)),
        "cluster_label": _label() if may_view else "",
        "several_clusters": clusters.several(),
        "may_view": may_view,
        "may_read_roles": access.reads_roles,
        "may_notify": access.administers_anything,
        "may_administer": may_administer(user),
        "role_labels": _roles(access),
        "administrators": [] if may_view else _administrators(),
        **(banner.context(banner.now(stores.every()), access) if may_view else {}),
    }


def _label() -> str:
    """What the head of each page says of the cluster, or of the clusters."""
    labels = [store.label for store in stores.every()]
    if len(labels) <= MOST_LABELS:
        return ", ".join(labels)
    return ngettext("%(n)d cluster", "%(n)d clusters", len(labels)) % {"n": len(labels)}


def _administrators() -> list[str]:
    """Whom a person without a role can ask."""
    people = get_user_model().objects.filter(is_active=True)
    asked = people.filter(Q(is_superuser=True) | Q(groups__name=ADMIN)).distinct().order_by("username")
    return [user.get_username() for user in asked[:MOST_NAMES]]


def _roles(access: Access) -> list[str]:
    """What the person may do, and where; each line without what a stronger one says already."""
    if not access.views_anything:
        return [_("no role")]
    lines: list[str] = [_("may read the whole log")] if access.auditing else []
    told: set[str] = set()
    for label, where in (
        (_("may look, decide and administer"), access.administering),
        (_("may look and decide"), access.deciding),
        (_("may look"), access.viewing),
    ):
        fresh = [each for each in where if each not in told]
        told.update(fresh)
        if fresh == [ANY]:
            return [*lines, label]
        if fresh:
            lines.append(_("%(what)s in %(namespaces)s") % {"what": label, "namespaces": ", ".join(fresh)})
    return lines
