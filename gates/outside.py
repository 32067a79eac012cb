"""Who somebody is elsewhere, and the roles that come with it: an OpenID provider's word, or a proxy's.

Each sign-in brings the account's roles in step with it, with entries. Roles that admins granted here by hand
under /roles stay; the four groups for every namespace are the provider's to give and take.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from django.contrib.auth import get_user_model
from django.contrib.auth.models import Group
from django.contrib.auth.validators import UnicodeUsernameValidator
from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from gates import audit, log_entries, roles
from gates.asked_for import Refused
from gates.audit import Origin
from gates.models import OutsideAccount
from gates.patterns import ANY
from gates.permissions import EVERYWHERE
from gates.token_terms import SERVICE

LONGEST_NAME = 150
LONGEST_SUBJECT = 255
MOST_GROUPS = 500
# How a sign-in is named in the log.
OIDC, PROXY = "oidc", "proxy"
# Why somebody is not let in, or no longer.
NO_ROLE = "no-role"
# Group → its roles, each with the pattern of namespaces that it is for.
Mapped = Mapping[str, frozenset[tuple[str, str]]]


@dataclass(frozen=True, slots=True)
class Identity:
    """Who somebody is there. `method` is oidc or proxy, `source` the issuer's address or "proxy"."""

    method: str
    source: str
    subject: str
    name: str
    groups: tuple[str, ...] = ()
    email: str = ""


def enter(identity: Identity, mapped: Mapped, origin: Origin) -> Any:
    """The account, made where there is none, with the roles that its groups hold now.

    Raises Refused: a name that cannot be used here, an account that was switched off, or a new one for
    which there is no role.
    """
    groups = set(identity.groups[:MOST_GROUPS])
    held = frozenset(pair for group in groups for pair in mapped.get(group, ()))
    with transaction.atomic():
        user = _account(identity, origin, new=bool(held))
        if not user.is_active:
            message = _("The account %(name)s is switched off here. Ask an administrator.")
            raise Refused("account-off", message % {"name": user.get_username()}, 403)
        _keep_groups(user, held, groups & mapped.keys(), {*mapped, *_brought(user)}, origin)
        roles.keep(user, identity.method, {pair for pair in held if pair[1] != ANY}, origin)
        OutsideAccount.objects.filter(user=user).update(
            groups=sorted(groups & mapped.keys()), seen_at=timezone.now()
        )
    return user


def _brought(user: Any) -> list[str]:
    """The groups that came with the sign-in before, also when the settings no longer name them."""
    return OutsideAccount.objects.filter(user=user).values_list("groups", flat=True).first() or []


def without_role(name: str) -> Refused:
    """Whoever signs them in is believed, but nothing here is theirs."""
    message = _("You are known as %(name)s, but none of your groups has a role here. Ask an administrator.")
    return Refused(NO_ROLE, message % {"name": name}, 403)


def _account(identity: Identity, origin: Origin, *, new: bool) -> Any:
    if not identity.subject or len(identity.subject) > LONGEST_SUBJECT:
        raise Refused("no-subject", _("Whoever signs you in names nobody."), 403)
    where = {"source": identity.source[:255], "subject": identity.subject}
    known = OutsideAccount.objects.select_related("user").filter(**where).first()
    if known is not None:
        return known.user
    if not new:
        raise without_role(identity.name)
    users, name = get_user_model().objects, _usable(identity.name)
    if users.filter(username__iexact=name).exists():
        # Never joined by name: whoever may choose a name there would become somebody here.
        message = _(
            "There is another account %(name)s here already. Ask an administrator to rename or remove it."
        )
        raise Refused("name-taken", message % {"name": name}, 403)
    user = users.create_user(name, email=identity.email[:254])
    OutsideAccount.objects.create(user=user, seen_at=timezone.now(), **where)
    after = {"username": name, "source": identity.source}
    log_entries.enter("person.created", audit.SYSTEM, origin, kind="person", name=name, after=after)
    return user


def _usable(name: str) -> str:
    # As Django will keep it: “ｓervice.x” is “service.x” there, and must be so here.
    name = unicodedata.normalize("NFKC", name).strip()
    try:
        UnicodeUsernameValidator()(name)
    except ValidationError:
        name = ""
    if not name or len(name) > LONGEST_NAME or name.lower().startswith(SERVICE):
        message = _("Your name there cannot be one here: letters, digits and @ . + - _, at most 150.")
        raise Refused("name-unusable", message, 403)
    return name


def _keep_groups(
    user: Any, held: frozenset[tuple[str, str]], mine: Iterable[str], named: Iterable[str], origin: Origin
) -> None:
    """Membership of the four groups, and of those `named` by the settings, now or when they last signed in:
    policies ask for these by name."""
    governed = {*EVERYWHERE, *named}
    wanted = {role for role, namespaces in held if namespaces == ANY}
    # A group there that is called as a role here gives that role only where the settings say so.
    wanted |= {group for group in mine if group not in EVERYWHERE and len(group) <= LONGEST_NAME}
    before = set(user.groups.values_list("name", flat=True))
    after = (before - governed) | wanted
    if before == after:
        return
    user.groups.set([Group.objects.get_or_create(name=name)[0] for name in sorted(after)])
    log_entries.enter(
        "person.changed",
        audit.SYSTEM,
        origin,
        kind="person",
        name=user.get_username(),
        before={"groups": sorted(before)},
        after={"groups": sorted(after)},
    )
