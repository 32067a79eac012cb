"""Roles in namespaces: granted and revoked by admins, each with its entry; only here are they changed."""

from __future__ import annotations

from collections.abc import Set
from dataclasses import dataclass
from typing import Any

from django.contrib.auth import get_user_model
from django.contrib.auth.models import Group
from django.db.models.signals import pre_delete
from django.dispatch import receiver
from django.utils.translation import gettext as _

from gates import audit, decisions, patterns, refusals
from gates.access_rights import NOBODY, Access
from gates.asked_for import Refused
from gates.audit import Actor, Draft, Origin
from gates.decisions import Deciding
from gates.models import AuditEntry, RoleGrant
from gates.patterns import ANY
from gates.permissions import ADMIN, AUDITOR, narrowed, needs, read_access

GRANTED, REVOKED = "role.granted", "role.revoked"
KIND = "role"
# Why a role ended with the account or the group that held it.
HOLDER_REMOVED = "holder-removed"
MOST_PATTERNS = 50


@dataclass(frozen=True, slots=True)
class Admin:
    """Who grants or revokes, and why. `user` is the account, whose rights are read at the door."""

    user: Any
    actor: Actor
    origin: Origin
    reason: str = ""

    def access(self) -> Access:
        """As it is now: the account may have lost everything since the request came in."""
        user = get_user_model().objects.filter(pk=self.user.pk).first()
        return narrowed(read_access(user), self.user) if user is not None else NOBODY


@dataclass(frozen=True, slots=True)
class Wanted:
    """A role for one person or one group (the other is ""), in comma-separated patterns of namespaces."""

    role: str
    namespaces: str
    user: str = ""
    group: str = ""


def grant(admin: Admin, wanted: Wanted) -> list[AuditEntry]:
    """One grant and one entry for each pattern; what is held already is entered without changing anything.

    Raises Refused: a bad value (400), or beyond what `admin` administers (403).
    """
    named = _readable(wanted)
    holder = _holder(wanted)
    who = admin.actor, admin.origin
    with (
        refusals.entered(refusals.ROLE, *who, kind=KIND, reason=admin.reason),
        decisions.deciding([]) as door,
    ):
        for namespaces in named:
            _permitted(admin.access(), namespaces)
            asked = {**holder, "role": wanted.role, "namespaces": namespaces, "source": ""}
            same = RoleGrant.objects.filter(**asked).first()
            row = same or RoleGrant(**asked, decision=door.next)
            if same is None:
                row.save(force_insert=True)
            draft = _draft(door, GRANTED, row, admin.actor, admin.origin, admin.reason)
            draft.outcome = audit.UNCHANGED if same else audit.CHANGED
            draft.decision = same.decision if same else None
            draft.after = shown(row)
            door.enter(draft)
    return door.entries


def revoke(admin: Admin, number: int) -> AuditEntry:
    """End the grant with this number; Refused (404) when there is none that `admin` may know of, or 403."""
    who = admin.actor, admin.origin
    with (
        refusals.entered(refusals.ROLE, *who, kind=KIND, reason=admin.reason),
        decisions.deciding([]) as door,
    ):
        access = admin.access()
        row = next((each for each in access.grants() if each.pk == number), None)
        if row is None:
            raise Refused("no-such-role", _("There is no such role, or no longer."), 404)
        _permitted(access, row.namespaces)
        _end(door, row, admin.actor, admin.origin, admin.reason)
        RoleGrant.objects.filter(pk=row.pk).delete()
    return door.entries[0]


def keep(user: Any, source: str, wanted: Set[tuple[str, str]], origin: Origin) -> None:
    """Bring what `source` brought along in step: pairs of a role and a pattern. Grants by hand stay."""
    if set(RoleGrant.objects.filter(user=user, source=source).values_list("role", "namespaces")) == wanted:
        return
    with decisions.deciding([]) as door:
        rows = {(row.role, row.namespaces): row for row in RoleGrant.objects.filter(user=user, source=source)}
        for pair in sorted(rows.keys() - wanted):
            _end(door, rows[pair], audit.SYSTEM, origin, source)
            RoleGrant.objects.filter(pk=rows[pair].pk).delete()
        for role, namespaces in sorted(wanted - rows.keys()):
            row = RoleGrant(user=user, role=role, namespaces=namespaces, source=source, decision=door.next)
            row.save(force_insert=True)
            draft = _draft(door, GRANTED, row, audit.SYSTEM, origin, source)
            draft.after = shown(row)
            door.enter(draft)


def shown(row: RoleGrant) -> dict[str, str]:
    """The grant for the log."""
    holder = {"user": row.user.get_username()} if row.user else {"group": row.group.name if row.group else ""}
    return {"role": row.role, **holder, "namespaces": row.namespaces}


@receiver(pre_delete, sender=RoleGrant)
def _with_its_holder(instance: RoleGrant, origin: Any, **_kwargs: Any) -> None:
    """Accounts and groups are removed in the admin: their roles go along, and the log must say so."""
    if getattr(origin, "model", type(origin)) is RoleGrant:
        return
    with decisions.deciding([]) as door:
        _end(door, instance, audit.SYSTEM, audit.SYSTEM_ORIGIN, HOLDER_REMOVED)


def _readable(wanted: Wanted) -> tuple[str, ...]:
    if wanted.role not in set(RoleGrant.Role):
        raise Refused("role-unknown", _("The role must be viewer, approver, admin or auditor."), 400)
    named = patterns.parts(wanted.namespaces)
    if not named:
        raise Refused("namespaces-required", _("Name the namespaces, for example payments-*."), 400)
    if wanted.role == AUDITOR and named != (ANY,):
        message = _("An auditor reads the whole log, which cannot be proven in parts: grant the role in *.")
        raise Refused("auditor-everywhere", message, 400)
    if len(named) > MOST_PATTERNS:
        raise Refused("namespaces-too-many", _("Name at most 50 patterns at once."), 400)
    for each in named:
        if not patterns.WRITTEN.fullmatch(each):
            message = _(
                "“%(pattern)s” names no namespace: use small letters, digits, “-”, “.”, and the signs * and ?"
            )
            raise Refused("namespaces-unreadable", message % {"pattern": each[:100]}, 400)
    return named


def _holder(wanted: Wanted) -> dict[str, Any]:
    if bool(wanted.user) == bool(wanted.group):
        raise Refused("holder-required", _("Name either a person or a group."), 400)
    if wanted.user:
        user = get_user_model().objects.filter(username=wanted.user).first()
        if user is None:
            message = _("There is no person “%(name)s”. An administrator adds accounts under /admin/.")
            raise Refused("no-such-person", message % {"name": wanted.user[:150]}, 400)
        return {"user": user}
    group = Group.objects.filter(name=wanted.group).first()
    if group is None:
        message = _("There is no group “%(name)s”. An administrator adds groups under /admin/.")
        raise Refused("no-such-group", message % {"name": wanted.group[:150]}, 400)
    return {"group": group}


def _permitted(access: Access, namespaces: str) -> None:
    if not access.may_hand_out(namespaces):
        raise Refused("role-required", needs(ADMIN, namespaces), 403)


def _end(door: Deciding, row: RoleGrant, actor: Actor, origin: Origin, reason: str) -> None:
    draft = _draft(door, REVOKED, row, actor, origin, reason)
    draft.before, draft.decision = shown(row), row.decision
    door.enter(draft)


def _draft(door: Deciding, action: str, row: RoleGrant, actor: Actor, origin: Origin, reason: str) -> Draft:
    holder = row.user.get_username() if row.user else row.group.name if row.group else ""
    return Draft(
        at=door.now,
        action=action,
        outcome=audit.CHANGED,
        actor=actor,
        origin=origin,
        namespace=row.namespaces,
        name=holder,
        kind=KIND,
        reason=reason,
    )
