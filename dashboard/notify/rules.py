"""Rules made, changed and removed: the only file that writes them, through the one door, each with its entry.

Entries name no address: it is a secret, and the log is for more people than its holders.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace

from django.conf import settings
from django.utils.translation import gettext as _

from dashboard.models import NotificationRule
from dashboard.notify import targets
from dashboard.notify.reminders import NotReadable, tidy
from dashboard.notify.topics import OFFERED
from gates import audit, decisions, named_patterns, patterns, refusals
from gates.access_rights import EVERYTHING, Access
from gates.asked_for import Refused
from gates.audit import Actor, Draft, Origin
from gates.decisions import Deciding
from gates.keys import DEFAULT_CLUSTER, digest
from gates.permissions import ADMIN, needs
from gates.search import BIGGEST

CREATED, CHANGED, REMOVED = (
    "notification.rule-created",
    "notification.rule-changed",
    "notification.rule-removed",
)
KIND = "notification"
LANGUAGES = dict(settings.LANGUAGES)
LONGEST_NAME = 80
FIELDS = ("name", "namespaces", "clusters", "events", "reminders", "language", "enabled")
DECLARED = Actor("system", "AVIARY_NOTIFY_URLS")


@dataclass(frozen=True, slots=True)
class Caller:
    """Who asks, from where, and what they administer."""

    actor: Actor
    origin: Origin
    access: Access


SETTINGS = Caller(DECLARED, audit.SYSTEM_ORIGIN, EVERYTHING)


@dataclass(frozen=True, slots=True)
class Wanted:
    """A rule as it is asked for; `url` "" leaves the address as it is."""

    name: str
    url: str = ""
    namespaces: str = "*"
    clusters: str = "*"
    events: tuple[str, ...] = ()
    reminders: str = ""
    language: str = "en"
    enabled: bool = True


def create(wanted: Wanted, by: Caller, declared: str | None = None) -> NotificationRule:
    """A new rule, told of all that comes from now on; raises Refused, or django.db.Error."""
    with _refusals(by):
        wanted = _checked(wanted, by, new=True)
        with decisions.deciding([]) as door:
            rule = NotificationRule(declared=declared, decision=door.next, since=door.now)
            rule.changed_by = by.actor.name
            _take(rule, wanted)
            rule.save(force_insert=True)
            _enter(door, CREATED, by, rule, after=_shown(rule))
    return rule


def change(number: int, wanted: Wanted, by: Caller) -> NotificationRule:
    """The same rule with other words; one that is enabled again is told of what comes from now on."""
    with _refusals(by):
        wanted = _checked(wanted, by, new=False)
        return _changed(number, by, lambda rule: _take(rule, wanted))


def switch(number: int, enabled: bool, by: Caller) -> NotificationRule:
    """Enable or disable it; all else stays as it is then, whoever changed it meanwhile."""
    with _refusals(by):
        return _changed(number, by, lambda rule: setattr(rule, "enabled", enabled))


def remove(number: int, by: Caller) -> None:
    """Forget it, and what was told over it."""
    with _refusals(by), decisions.deciding([]) as door:
        rule = _changeable(number, by)
        _enter(door, REMOVED, by, rule, before=_shown(rule))
        rule.delete()


def existing(number: int, access: Access) -> NotificationRule:
    """The rule of that number, if the person administers all that it names; raises Refused."""
    found = NotificationRule.objects.filter(pk=number).first() if number <= BIGGEST else None
    if found is None or not access.may_hand_out(found.namespaces):
        raise Refused("no-such-rule", _("There is no such notification rule."), 404)
    return found


def visible(access: Access) -> list[NotificationRule]:
    """The rules that the person administers."""
    return [rule for rule in NotificationRule.objects.all() if access.may_hand_out(rule.namespaces)]


def declared_key(url: str) -> str:
    """What stands for an address of AVIARY_NOTIFY_URLS."""
    return digest("notify", url)


def _changed(number: int, by: Caller, take: Callable[[NotificationRule], None]) -> NotificationRule:
    """The rule after `take`, which is handed it as it stands at the door."""
    with decisions.deciding([]) as door:
        rule = _changeable(number, by)
        before, was_enabled, old_url = _shown(rule), rule.enabled, rule.url
        take(rule)
        after = _shown(rule)
        if rule.url != old_url:
            before["address"], after["address"] = targets.masked(old_url), f"{targets.masked(rule.url)} (new)"
        if before == after:
            return rule
        if rule.enabled and not was_enabled:
            rule.decision, rule.since = door.next, door.now
        rule.changed_by = by.actor.name
        rule.save()
        changed = [field for field in after if before[field] != after[field]]
        was, now = ({field: side[field] for field in changed} for side in (before, after))
        _enter(door, CHANGED, by, rule, was, now)
    return rule


def _refusals(by: Caller) -> AbstractContextManager[None]:
    return refusals.entered(refusals.NOTIFICATION, by.actor, by.origin, kind=KIND)


def _changeable(number: int, by: Caller) -> NotificationRule:
    rule = existing(number, by.access)
    if rule.declared and by is not SETTINGS:
        raise Refused("rule-declared", _("This rule is from AVIARY_NOTIFY_URLS: change that setting."))
    return rule


def _checked(wanted: Wanted, by: Caller, *, new: bool) -> Wanted:
    """The same, tidy; raises Refused with what is wrong and how to mend it."""
    name, url = wanted.name.strip(), wanted.url.strip()
    if not name or len(name) > LONGEST_NAME or re.search(r"[\x00-\x1f\x7f]", name):
        raise Refused("name-unreadable", _("A rule needs a name of at most 80 characters, in one line."), 400)
    if (new or url) and (why := targets.problem(url)):
        raise Refused("url-unreadable", why, 400)
    unknown = [event for event in wanted.events if event not in OFFERED]
    if unknown or not wanted.events:
        raise Refused("events-unreadable", _("Choose at least one of the events."), 400)
    if wanted.language not in LANGUAGES:
        raise Refused("language-unknown", _("The language must be en or ko."), 400)
    try:
        reminders = tidy(wanted.reminders)
    except NotReadable as error:
        raise Refused("reminders-unreadable", str(error), 400) from error
    namespaces = named_patterns.read(wanted.namespaces, _("Namespaces"))
    if not by.access.may_hand_out(namespaces):
        raise Refused("role-required", needs(ADMIN, namespaces), 403)
    return replace(
        wanted,
        name=name,
        url=url,
        namespaces=namespaces,
        clusters=named_patterns.read(wanted.clusters, _("Clusters")),
        events=tuple(event for event in OFFERED if event in wanted.events),
        reminders=reminders,
    )


def _take(rule: NotificationRule, wanted: Wanted) -> None:
    for name in FIELDS:
        value = getattr(wanted, name)
        setattr(rule, name, [str(each) for each in value] if name == "events" else value)
    rule.url = wanted.url or rule.url


def _shown(rule: NotificationRule) -> dict[str, object]:
    """For the log: the address as it may be shown."""
    shown = {name: getattr(rule, name) for name in FIELDS}
    return shown | {"events": ", ".join(rule.events), "address": targets.masked(rule.url)}


def _enter(
    door: Deciding,
    action: str,
    by: Caller,
    rule: NotificationRule,
    before: dict[str, object] | None = None,
    after: dict[str, object] | None = None,
) -> None:
    door.enter(
        Draft(
            at=door.now,
            action=action,
            outcome=audit.CHANGED,
            actor=by.actor,
            origin=by.origin,
            cluster=DEFAULT_CLUSTER,
            namespace=patterns.place(rule.namespaces),
            name=rule.name,
            kind=KIND,
            before=before or {},
            after=after or {},
        )
    )
