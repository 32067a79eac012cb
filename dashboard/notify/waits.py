"""Where Flagger waits for a person: told once, reminded of, and told to be over."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from django.utils import translation

from dashboard.models import Notification, NotificationRule
from dashboard.notify import reminders, texts
from dashboard.notify.about import concerned, known
from dashboard.notify.outbox import Letter, letter
from dashboard.notify.texts import Text, Wait
from dashboard.notify.topics import Topic
from gates import facts
from gates.confirm_rules import CONFIRM
from gates.facts import ENDED_PHASES, RESTING_PHASES, Facts
from gates.models import AskedHook, AuditEntry, Episode

DROP_IN_GATE = "drop-in gate"
# A gate that Flagger has not asked for so long is not known to wait.
FRESH = timedelta(minutes=3)
DECISIONS = ("approval.", "gate.", "rollback.")


@dataclass(frozen=True, slots=True)
class Open:
    """A wait under the name that it is told by, and the canary's digest."""

    thread: str
    subject: str
    wait: Wait


@dataclass(frozen=True, slots=True)
class Plan:
    """One message about a wait, before its text: `part` is "" for the first one."""

    rule: NotificationRule
    each: Open
    topic: Topic
    part: str

    @property
    def key(self) -> str:
        """Of the outbox."""
        return f"{self.each.thread}:{self.part}:{self.rule.pk}"

    @property
    def first(self) -> str:
        """Of the wait's first message."""
        return f"{self.each.thread}::{self.rule.pk}"


def current(now: datetime) -> list[Open]:
    """Everything that waits now, by memory and two queries."""
    return [*_episodes(), *_gates(now)]


def letters(rules: Sequence[NotificationRule], waits: Sequence[Open], now: datetime) -> list[Letter]:
    """What is to be told of waits and is not in the outbox yet: beginnings, reminders, deadlines."""
    planned = [plan for each in waits for plan in _plans(rules, each, now)]
    keys = [plan.key for plan in planned] + [plan.first for plan in planned]
    there = set(Notification.objects.filter(key__in=keys).values_list("key", flat=True)) if keys else set()
    # Nobody is reminded of what they have not been told.
    fresh = [plan for plan in planned if plan.key not in there and _may_follow(plan, there)]
    return [_letter(plan, now) for plan in fresh]


def over(waits: Sequence[Open]) -> tuple[list[Letter], list[int]]:
    """What is to be told of waits that are over, and the messages that await nothing any more.

    `waits` are the current ones.
    """
    lasting = {each.thread for each in waits}
    rows = Notification.objects.filter(awaiting=True).select_related("rule")
    by_thread: dict[str, list[Notification]] = defaultdict(list)
    for row in rows:
        if row.thread not in lasting:
            by_thread[row.thread].append(row)
    found, ended = [], []
    for thread, told in by_thread.items():
        gone = _gone(thread)
        if gone is None:
            continue
        ended += [row.pk for row in told]
        entry = _decided(gone)
        for row in told:
            with translation.override(row.rule.language):
                text = texts.resolved(gone.wait, entry)
            found.append(_made(Plan(row.rule, gone, Topic.WAITING, "over"), text))
    return found, ended


def _episodes() -> list[Open]:
    rows = Episode.objects.filter(ended_at__isnull=True).order_by("pk")
    return [_episode(row) for row in rows if row.hook in CONFIRM]


def _episode(row: Episode) -> Open:
    about = known(row.cluster, row.namespace, row.name)
    wait = Wait(about, row.hook, row.gate, row.began_at, "", row.deadline_at, row.on_deadline)
    return Open(f"episode:{row.pk}", row.subject, wait)


def _gates(now: datetime) -> list[Open]:
    """Switches of the drop-in addresses that say no: they have no episodes of their own."""
    rows = AskedHook.objects.filter(hook=DROP_IN_GATE, last_yes=False, last_at__gte=now - FRESH)
    return [found for row in rows.order_by("pk") if (found := _gate(row))]


def _gate(row: AskedHook) -> Open | None:
    seen = facts.current(row.cluster, row.namespace, row.name)
    if not isinstance(seen, Facts) or seen.phase in RESTING_PHASES | ENDED_PHASES:
        return None
    wait = Wait(known(row.cluster, row.namespace, row.name), "", "", row.began_at)
    return Open(_gate_thread(row, seen), row.subject, wait)


def _gate_thread(row: AskedHook, seen: Facts) -> str:
    return f"gate:{row.pk}:{row.began_at:%Y%m%d%H%M%S}:{seen.revision[:10]}"


def _gone(thread: str) -> Open | None:
    """The wait of that name if it is known to be over; None while nobody can say."""
    kind, _colon, rest = thread.partition(":")
    if kind == "episode":
        row = Episode.objects.filter(pk=int(rest), ended_at__isnull=False).first()
        return _episode(row) if row else None
    asked = AskedHook.objects.filter(pk=int(rest.partition(":")[0])).first()
    if asked is None:
        return None
    found = Open(
        thread,
        asked.subject,
        Wait(known(asked.cluster, asked.namespace, asked.name), "", "", asked.began_at),
    )
    if asked.last_yes:
        return found
    seen = facts.current(asked.cluster, asked.namespace, asked.name)
    if not isinstance(seen, Facts):
        return found if seen.missing else None
    resting = seen.phase in RESTING_PHASES | ENDED_PHASES
    return found if resting or _gate_thread(asked, seen) != thread else None


def _decided(gone: Open) -> AuditEntry | None:
    """The last decision about the canary while it waited."""
    entries = AuditEntry.objects.filter(subject=gone.subject, at__gte=gone.wait.since, outcome="changed")
    last = entries.order_by("-seq")[:50]
    people = (entry for entry in last if entry.action.startswith(DECISIONS) and entry.actor_kind != "system")
    return next(people, None)


def _plans(rules: Sequence[NotificationRule], each: Open, now: datetime) -> Iterator[Plan]:
    about, wait = each.wait.about, each.wait
    for rule in concerned(rules, Topic.WAITING, about.cluster, about.namespace):
        yield Plan(rule, each, Topic.WAITING, "")
        if number := reminders.due(rule.reminders, max(wait.since, rule.since), now):
            yield Plan(rule, each, Topic.WAITING, f"r{number}")
    if wait.deadline and reminders.near(wait.since, wait.deadline, now):
        for rule in concerned(rules, Topic.DEADLINE, about.cluster, about.namespace):
            yield Plan(rule, each, Topic.DEADLINE, "d")


def _may_follow(plan: Plan, there: set[str]) -> bool:
    return not plan.part or plan.topic is Topic.DEADLINE or plan.first in there


def _letter(plan: Plan, now: datetime) -> Letter:
    wait = replace(plan.each.wait, why=_why(plan.each))
    with translation.override(plan.rule.language):
        if plan.topic is Topic.DEADLINE:
            text = texts.deadline_near(wait, now)
        else:
            text = texts.reminder(wait, now) if plan.part else texts.waiting(wait)
    return _made(plan, text)


def _why(each: Open) -> str:
    """What Flagger was told last; in English, as it is told."""
    wait = each.wait
    asked = AskedHook.objects.filter(
        subject=each.subject, hook=wait.hook or DROP_IN_GATE, gate=wait.gate, last_yes=False
    )
    return asked.order_by("-last_at").values_list("last_why", flat=True).first() or ""


def _made(plan: Plan, text: Text) -> Letter:
    awaiting = plan.topic is Topic.WAITING and not plan.part
    about, thread = plan.each.wait.about, plan.each.thread
    return letter(plan.rule, plan.key, plan.topic, text, about, thread=thread, awaiting=awaiting)
