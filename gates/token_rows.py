"""Tokens as their page shows them: whose, what they may do where, until when, when last used."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.utils.translation import gettext_lazy as _
from knox.models import AuthToken

from gates import api_tokens, token_terms, webhook_tokens
from gates.access_rights import Access
from gates.models import WebhookToken

TITLES = {
    "personal": _("New token of your own"),
    "service": _("New token for a service"),
    "webhook": _("New webhook token"),
}
# A token that ends within this time is marked.
SOON = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class Row:
    """One token. `kind` and `key` name it in addresses; `hint` is its beginning."""

    kind: str
    key: str
    name: str
    owner: str
    hint: str
    role: str
    namespaces: str
    clusters: str
    made_by: str
    made_at: datetime
    ends: datetime | None
    used: datetime | None
    revocable: bool
    number: int = 0

    @property
    def over(self) -> bool:
        """It has ended."""
        return token_terms.over(self.ends)

    @property
    def soon(self) -> bool:
        """It will end shortly."""
        return not self.over and token_terms.over(self.ends - SOON if self.ends else None)


@dataclass(frozen=True, slots=True)
class Group:
    """Tokens of one kind, with what is said where there is none."""

    name: str
    title: Any
    rows: list[Row]
    none: Any


def groups(user: Any, access: Access) -> list[Group]:
    """One's own first, then what an admin or an auditor sees."""
    tokens = api_tokens.visible(user, access)
    rows = [_of_api(token, user, access) for token in tokens]
    mine = [row for row, token in zip(rows, tokens, strict=True) if token.user_id == user.pk]
    services = [row for row in rows if row.kind == "service"]
    others = [row for row in rows if row not in mine and row not in services]
    found = [
        Group(
            "personal",
            _("Your own"),
            mine,
            _("You have no token. A script that holds one acts in your name."),
        )
    ]
    if access.reads_roles:
        none = _("No service has a token. A service's token stays when the person who made it leaves.")
        found.append(Group("service", _("Of services"), services, none))
        flagger = [_of_webhook(token, access) for token in webhook_tokens.visible(access)]
        none = _("There is no webhook token. With one, Flagger proves itself on the addresses it calls.")
        found.append(Group("webhook", _("Of Flagger"), flagger, none))
    if others:
        found.append(Group("others", _("Of other people"), others, ""))
    return found


def _of_api(token: AuthToken, user: Any, access: Access) -> Row:
    scope = api_tokens.scope_of(token)
    return Row(
        kind="service" if scope and scope.service else "api",
        key=token.token_key,
        name=scope.name if scope else "",
        owner=token.user.get_username(),
        hint=token.token_key[:8],
        role=scope.role if scope else "",
        namespaces=scope.namespaces if scope else "*",
        clusters="*",
        made_by=scope.created_by if scope else "",
        made_at=token.created,
        ends=token.expiry,
        used=scope.last_used_at if scope else None,
        revocable=api_tokens.may_revoke(user, access, token),
    )


def _of_webhook(token: WebhookToken, access: Access) -> Row:
    return Row(
        kind="webhook",
        key=str(token.pk),
        name=token.name,
        owner="",
        hint=token.hint,
        role="",
        namespaces=token.namespaces,
        clusters=token.clusters,
        made_by=token.created_by,
        made_at=token.created_at,
        ends=token.expires_at,
        used=token.last_used_at,
        revocable=access.may_hand_out(token.namespaces),
        number=token.pk,
    )
