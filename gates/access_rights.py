"""What one person may see, decide and administer: patterns of namespaces, worked out once a request."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TypeVar

from django.db.models import Model, Q, QuerySet

from gates import patterns
from gates.models import AuditEntry, RoleGrant

ROLE_ACTIONS = "role."
Row = TypeVar("Row", bound=Model)


@dataclass(frozen=True, slots=True)
class Access:
    """Patterns by what they allow; equal ones see the same, so drawings are shared by them.

    Whoever administers may decide, and whoever decides may look, in the same namespaces. `auditing`: the
    role auditor, which adds to what is read and to nothing else.
    """

    viewing: tuple[str, ...] = ()
    deciding: tuple[str, ...] = ()
    administering: tuple[str, ...] = ()
    auditing: bool = False

    def views(self, namespace: str) -> bool:
        """See what is in it, and that it is there."""
        return patterns.matches(self.viewing, namespace)

    def decides(self, namespace: str) -> bool:
        """Approve, hold, roll back, close."""
        return patterns.matches(self.deciding, namespace)

    def administers(self, namespace: str) -> bool:
        """Freezes and exemptions there."""
        return patterns.matches(self.administering, namespace)

    @property
    def views_anything(self) -> bool:
        """Has a role somewhere."""
        return bool(self.viewing)

    @property
    def administers_anything(self) -> bool:
        """Is an admin somewhere."""
        return bool(self.administering)

    @property
    def everything(self) -> bool:
        """Sees every namespace, those to come and the one without a name included."""
        return patterns.ANY in self.viewing

    @property
    def administers_everything(self) -> bool:
        """Is an admin everywhere."""
        return patterns.ANY in self.administering

    @property
    def audits(self) -> bool:
        """Reads the whole log: what is about roles, accounts and Aviary itself included."""
        return self.auditing or self.administers_everything

    @property
    def reads_roles(self) -> bool:
        """May see who holds which role somewhere."""
        return self.audits or self.administers_anything

    def reaches(self, namespaces: str) -> bool:
        """May see something of what these patterns name (of a freeze, for example)."""
        return bool(self.shown(namespaces))

    def shown(self, namespaces: str) -> tuple[str, ...]:
        """Those of these patterns that name something this person may see."""
        return _meeting(self.viewing, namespaces)

    def may_hand_out(self, namespaces: str) -> bool:
        """Administers all that these patterns name, as far as that is sure."""
        named = patterns.parts(namespaces)
        return bool(named) and all(patterns.covers(self.administering, each) for each in named)

    def visible(self, rows: QuerySet[Row]) -> QuerySet[Row]:
        """Of rows with a column `namespace` (gates, approvals, episodes, …): those that may be seen."""
        return rows if self.everything else rows.filter(patterns.named_by("namespace", self.viewing))

    def entries(self) -> QuerySet[AuditEntry]:
        """The log, as far as it may be seen."""
        return self.of_log(AuditEntry.objects.all())

    def of_log(self, rows: QuerySet[Row]) -> QuerySet[Row]:
        """Of rows with the log's columns `cluster`, `namespace` and `action`: those that may be seen.

        Entries about roles are for admins of the namespaces that the role is for; what is about no
        cluster and no namespace is for admins of everything. Auditors read all of it.
        """
        if self.audits:
            return rows
        about_roles = Q(action__startswith=ROLE_ACTIONS)
        seen = patterns.named_by("namespace", self.viewing) & ~about_roles & ~Q(cluster="", namespace="")
        return rows.filter(seen | (about_roles & patterns.named_by("namespace", self.administering)))

    def narrowed(self, role: str, namespaces: str) -> Access:
        """What a token for this role ("": all that are held) in these namespaces may do; never more."""
        where = patterns.parts(namespaces)
        viewing, deciding, administering = (
            _within(mine, where) for mine in (self.viewing, self.deciding, self.administering)
        )
        everywhere = patterns.ANY in where
        match role:
            case RoleGrant.Role.AUDITOR:
                return Access((patterns.ANY,), auditing=True) if self.audits and everywhere else NOBODY
            case RoleGrant.Role.VIEWER:
                return Access(viewing)
            case RoleGrant.Role.APPROVER:
                return Access(viewing, deciding)
            case RoleGrant.Role.ADMIN:
                return Access(viewing, deciding, administering)
            case "":
                return Access(viewing, deciding, administering, self.auditing and everywhere)
        return NOBODY

    def grants(self) -> list[RoleGrant]:
        """Roles that reach into the namespaces that this person administers; to an auditor, all."""
        found = RoleGrant.objects.select_related("user", "group").order_by("id")
        if self.audits:
            return list(found)
        return [each for each in found if _meeting(self.administering, each.namespaces)]


NOBODY = Access()
EVERYTHING = Access((patterns.ANY,), (patterns.ANY,), (patterns.ANY,))


def of_roles(roles: Iterable[tuple[str, str]]) -> Access:
    """From pairs of a role and the namespaces that it is for."""
    held: dict[str, list[str]] = {role: [] for role in RoleGrant.Role}
    for role, namespaces in roles:
        held.get(role, []).append(namespaces)
    admin = held[RoleGrant.Role.ADMIN]
    approver = admin + held[RoleGrant.Role.APPROVER]
    # In some namespaces only there is no such role: the log is one chain, and proves nothing in parts.
    auditing = any(patterns.ANY in patterns.parts(each) for each in held[RoleGrant.Role.AUDITOR])
    viewer = approver + held[RoleGrant.Role.VIEWER] + ([patterns.ANY] if auditing else [])
    views, decides, administers = (patterns.parts(",".join(each)) for each in (viewer, approver, admin))
    return Access(views, decides, administers, auditing)


def _within(mine: tuple[str, ...], where: tuple[str, ...]) -> tuple[str, ...]:
    """Patterns for what both name. Two that only overlap are left out: nothing may become more."""
    inner = [each for each in where if patterns.covers(mine, each)]
    return patterns.parts(",".join([*inner, *(each for each in mine if patterns.covers(where, each))]))


def _meeting(mine: tuple[str, ...], namespaces: str) -> tuple[str, ...]:
    return tuple(each for each in patterns.parts(namespaces) if any(patterns.meet(own, each) for own in mine))
