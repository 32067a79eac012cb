"""Webhook tokens made, replaced and revoked: through the one door, each with its entry."""

from __future__ import annotations

import secrets
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Q
from django.utils.translation import gettext as _

from gates import audit, decisions, named_patterns, patterns, refusals, token_terms
from gates.access_rights import Access
from gates.asked_for import Refused
from gates.audit import Draft
from gates.decisions import Deciding
from gates.models import WebhookToken
from gates.permissions import ADMIN, needs
from gates.roles import Admin
from gates.token_terms import digest

CREATED, ROTATED, REVOKED = "token.webhook-created", "token.webhook-rotated", "token.webhook-revoked"
KIND = "webhook-token"
PREFIX = "avw_"
SHOWN = 8  # of the token's first characters
LONGEST_OVERLAP = 24 * 31  # hours


@dataclass(frozen=True, slots=True)
class Wanted:
    """A token as it is asked for; `days` None: valid until it is revoked."""

    name: str
    namespaces: str = "*"
    clusters: str = "*"
    days: int | None = None


def make(admin: Admin, wanted: Wanted) -> tuple[WebhookToken, str]:
    """The row and the token, which nobody can read again. Raises Refused, or django.db.Error."""
    with _refusals(admin), decisions.deciding([]) as door:
        namespaces = named_patterns.read(wanted.namespaces, _("Namespaces"))
        _permitted(admin.access(), namespaces)
        clusters = named_patterns.read(wanted.clusters, _("Clusters"))
        ends = token_terms.end(wanted.days, door.now)
        row, token = _new(door, admin, token_terms.name(wanted.name), namespaces, clusters, ends)
    return row, token


def rotate(admin: Admin, number: int, hours: int) -> tuple[WebhookToken, str]:
    """Another token for the same, valid at once; this one ends in `hours`. Both are valid until then."""
    if not 0 <= hours <= LONGEST_OVERLAP:
        raise Refused("token-overlap", _("Use a number of hours from 0 to 744."), 400)
    with _refusals(admin), decisions.deciding([]) as door:
        old = _live(admin, number)
        lasted = old.expires_at - old.created_at if old.expires_at else None
        ends = door.now + lasted if lasted else None
        row, token = _new(door, admin, old.name, old.namespaces, old.clusters, ends)
        before = shown(old)
        leaves = door.now + timedelta(hours=hours)
        old.expires_at = min(old.expires_at, leaves) if old.expires_at else leaves
        old.save(update_fields=["expires_at"])
        _enter(door, ROTATED, admin, old, before, shown(old))
    return row, token


def revoke(admin: Admin, number: int) -> None:
    """End it; every replica refuses it within `token_memory.LATEST` seconds."""
    with _refusals(admin), decisions.deciding([]) as door:
        token = _live(admin, number)
        before = shown(token)
        token.revoked_at = door.now
        token.save(update_fields=["revoked_at"])
        _enter(door, REVOKED, admin, token, before, {})


def touch(number: int, at: datetime) -> None:
    """It proved somebody then; the latest use stays, whichever replica writes it."""
    WebhookToken.objects.filter(Q(last_used_at=None) | Q(last_used_at__lt=at), pk=number).update(
        last_used_at=at
    )


def visible(access: Access) -> list[WebhookToken]:
    """Those that were not revoked, as far as this person administers where they are for."""
    tokens = list(WebhookToken.objects.filter(revoked_at=None))
    if access.audits:
        return tokens
    return [
        token
        for token in tokens
        if any(patterns.meet(a, b) for a in access.administering for b in patterns.parts(token.namespaces))
    ]


def shown(token: WebhookToken) -> dict[str, Any]:
    """For the log: enough to tell which one, nothing to use it."""
    ends = token.expires_at.isoformat() if token.expires_at else None
    return {
        "token": token.hint,
        "clusters": token.clusters,
        "namespaces": token.namespaces,
        "expires": ends,
    }


def _new(
    door: Deciding, admin: Admin, name: str, namespaces: str, clusters: str, ends: datetime | None
) -> tuple[WebhookToken, str]:
    secret = PREFIX + secrets.token_urlsafe(24)
    token = WebhookToken(
        name=name,
        digest=digest(secret),
        hint=secret[: len(PREFIX) + SHOWN],
        clusters=clusters,
        namespaces=namespaces,
        created_by=admin.actor.name,
        created_at=door.now,
        expires_at=ends,
        decision=door.next,
    )
    token.save(force_insert=True)
    _enter(door, CREATED, admin, token, {}, shown(token))
    return token, secret


def _live(admin: Admin, number: int) -> WebhookToken:
    access = admin.access()
    token = next((each for each in visible(access) if each.pk == number), None)
    if token is None:
        raise Refused("no-such-token", _("There is no such token, or no longer."), 404)
    _permitted(access, token.namespaces)
    return token


def _permitted(access: Access, namespaces: str) -> None:
    if not access.may_hand_out(namespaces):
        raise Refused("role-required", needs(ADMIN, namespaces), 403)


def _refusals(admin: Admin) -> AbstractContextManager[None]:
    return refusals.entered(refusals.TOKEN, admin.actor, admin.origin, kind=KIND)


def _enter(
    door: Deciding,
    action: str,
    admin: Admin,
    token: WebhookToken,
    before: dict[str, Any],
    after: dict[str, Any],
) -> None:
    draft = Draft(
        at=door.now,
        action=action,
        outcome=audit.CHANGED,
        actor=admin.actor,
        origin=admin.origin,
        name=token.name,
        kind=KIND,
        reason=admin.reason,
        before=before,
        after=after,
    )
    draft.decision = None if action == CREATED else token.decision
    door.enter(draft)
