"""API tokens: a person's own, and those of services. Made and revoked through the one door."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.contrib.auth import get_user_model
from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext as _
from knox.models import AuthToken

from gates import audit, decisions, log_entries, named_patterns, refusals, roles, token_terms
from gates.access_rights import Access
from gates.asked_for import Refused
from gates.audit import Draft
from gates.decisions import Deciding
from gates.models import OutsideAccount, TokenScope
from gates.permissions import ADMIN, needs
from gates.roles import Admin
from gates.token_terms import SERVICE

CREATED, REVOKED = "token.created", "token.revoked"
KIND = "token"


@dataclass(frozen=True, slots=True)
class Wanted:
    """A token as it is asked for: `role` "" is every role of the account, `days` None until it is revoked."""

    name: str
    role: str = ""
    namespaces: str = "*"
    days: int | None = None


def make(owner: Admin, wanted: Wanted) -> tuple[AuthToken, str]:
    """A token that acts for `owner`, and its text, which nobody can read again. Raises Refused."""
    with refusals.entered(refusals.TOKEN, owner.actor, owner.origin, kind=KIND):
        name, namespaces = token_terms.name(wanted.name), _namespaces(wanted)
        with decisions.deciding([]) as door:
            token_terms.within(owner.access(), wanted.role, namespaces)
            scope = TokenScope(name=name, role=wanted.role, namespaces=namespaces)
            made = _new(door, owner, owner.user, scope, wanted.days)
    return made


def make_for_service(admin: Admin, wanted: Wanted) -> tuple[AuthToken, str]:
    """One for a service, whose account it makes and gives the role. Raises Refused.

    Two tokens of one name are two of one service: so a token is replaced without a gap.
    """
    with refusals.entered(refusals.TOKEN, admin.actor, admin.origin, kind=KIND), transaction.atomic():
        name, namespaces = token_terms.service_name(wanted.name), _namespaces(wanted)
        if not wanted.role:
            raise Refused("token-role", _("Choose a role for the service."), 400)
        if not admin.access().may_hand_out(namespaces):
            raise Refused("role-required", needs(ADMIN, namespaces), 403)
        user = _account(admin, SERVICE + name)
        roles.grant(admin, roles.Wanted(wanted.role, namespaces, user=user.get_username()))
        with decisions.deciding([]) as door:
            scope = TokenScope(name=name, role=wanted.role, namespaces=namespaces, service=True)
            made = _new(door, admin, user, scope, wanted.days)
    return made


def revoke(admin: Admin, key: str) -> None:
    """End the token with this beginning; Refused (404) when there is none that `admin` may end."""
    with decisions.deciding([]) as door:
        token = find(admin.user, admin.access(), key)
        if token is None:
            raise Refused("no-such-token", _("There is no such token, or no longer."), 404)
        draft = _draft(door, REVOKED, admin, token)
        draft.before = shown(token)
        door.enter(draft)
        token.delete()


def touch(number: int, at: datetime) -> None:
    """The token of this scope was used then; the latest use stays, whichever replica writes it."""
    TokenScope.objects.filter(Q(last_used_at=None) | Q(last_used_at__lt=at), pk=number).update(
        last_used_at=at
    )


def visible(user: Any, access: Access) -> list[AuthToken]:
    """One's own; to an admin of everything and an auditor all; to other admins their services'."""
    found: Sequence[AuthToken] = AuthToken.objects.select_related("user", "scope").order_by("-created")
    if access.audits:
        return list(found)
    return [token for token in found if token.user_id == user.pk or _of_their_service(token, access)]


def find(user: Any, access: Access, key: str) -> AuthToken | None:
    """The one with this beginning, if this person may revoke it."""
    return next(
        (each for each in visible(user, access) if each.token_key == key and may_revoke(user, access, each)),
        None,
    )


def may_revoke(user: Any, access: Access, token: AuthToken) -> bool:
    """Its owner, an admin of everything, and admins of all that a service's token is for."""
    mine = bool(token.user_id == user.pk)
    return mine or access.administers_everything or _of_their_service(token, access)


def scope_of(token: AuthToken) -> TokenScope | None:
    """None for a token that may do all that its account may."""
    return getattr(token, "scope", None)


def shown(token: AuthToken) -> dict[str, Any]:
    """For the log: enough to tell which one, nothing to use it."""
    found: dict[str, Any] = {
        "user": token.user.get_username(),
        "key": token.token_key,
        "expiry": token.expiry.isoformat() if token.expiry else None,
    }
    scope = scope_of(token)
    if scope is not None:
        found |= {"name": scope.name, "role": scope.role, "namespaces": scope.namespaces}
    return found


def _of_their_service(token: AuthToken, access: Access) -> bool:
    scope = scope_of(token)
    return scope is not None and scope.service and access.may_hand_out(scope.namespaces)


def _namespaces(wanted: Wanted) -> str:
    return named_patterns.read(wanted.namespaces, _("Namespaces"))


def _account(admin: Admin, username: str) -> Any:
    users = get_user_model().objects
    user = users.filter(username=username).first()
    if user is None:
        user = users.create_user(username)
        after = {"username": username, "service": True}
        log_entries.enter(
            "person.created", admin.actor, admin.origin, kind="person", name=username, after=after
        )
    elif _somebodys(user) or user.is_superuser or not user.is_active:
        message = _("The account %(name)s is no service's, or not active: choose another name.")
        raise Refused("service-name", message % {"name": username}, 409)
    return user


def _somebodys(user: Any) -> bool:
    """A person signs in to it, here or from elsewhere."""
    return bool(user.has_usable_password() or OutsideAccount.objects.filter(user=user).exists())


def _new(
    door: Deciding, admin: Admin, user: Any, scope: TokenScope, days: int | None
) -> tuple[AuthToken, str]:
    ends = token_terms.end(days, door.now)
    token, text = AuthToken.objects.create(user, ends - door.now if ends else None)
    scope.token, scope.created_by, scope.decision = token, admin.actor.name, door.next
    scope.save(force_insert=True)
    draft = _draft(door, CREATED, admin, token)
    draft.after = shown(token)
    door.enter(draft)
    return token, text


def _draft(door: Deciding, action: str, admin: Admin, token: AuthToken) -> Draft:
    return Draft(
        at=door.now,
        action=action,
        outcome=audit.CHANGED,
        actor=admin.actor,
        origin=admin.origin,
        name=token.user.get_username(),
        kind=KIND,
        reason=admin.reason,
    )
