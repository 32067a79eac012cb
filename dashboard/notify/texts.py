"""What people are told, in the language that is active: a title of one line, and lines of plain text."""

from __future__ import annotations

import html
import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from dashboard.notify.about import About
from dashboard.policy_words import at_deadline
from gates import wording
from gates.confirm_rules import Hook
from gates.models import AuditEntry

LONGEST_TITLE, LONGEST_LINE = 200, 2000


@dataclass(frozen=True, slots=True)
class Text:
    """A message as it is sent."""

    title: str
    body: str


@dataclass(frozen=True, slots=True)
class Wait:
    """Flagger waits at one hook of a canary. `hook` is "" at the drop-in gate; `why` is what Flagger was told
    last, `on_deadline` what the policy does then."""

    about: About
    hook: str
    gate: str
    since: datetime
    why: str = ""
    deadline: datetime | None = None
    on_deadline: str = ""

    @property
    def step(self) -> str:
        """`the start`, `the promotion (security)`."""
        names = {
            Hook.START: _("the start"),
            Hook.TRAFFIC: _("the next step of the traffic"),
            Hook.PROMOTION: _("the promotion"),
        }
        name = names.get(Hook(self.hook)) if self.hook in set(Hook) else None
        step = name or _("its gate")
        return f"{step} ({self.gate})" if self.gate else step


def waiting(wait: Wait) -> Text:
    """Flagger has begun to wait."""
    title = _("%(canary)s waits for a decision: %(step)s")
    return _text(title % _named(wait), [*_waiting(wait)], wait.about, decide=True)


def reminder(wait: Wait, now: datetime) -> Text:
    """It still waits."""
    title = _("%(canary)s has been waiting for %(time)s: %(step)s")
    return _text(title % (_named(wait) | {"time": _span(now - wait.since)}), _waiting(wait), wait.about, True)


def deadline_near(wait: Wait, now: datetime) -> Text:
    """A policy is about to decide."""
    hook = Hook(wait.hook) if wait.hook in set(Hook) else Hook.START
    title = _("%(canary)s: %(time)s left for a decision about %(step)s, %(then)s")
    words = _named(wait) | {
        "time": _span((wait.deadline or now) - now),
        "then": at_deadline(wait.on_deadline, hook),
    }
    return _text(title % words, _waiting(wait), wait.about, True)


def resolved(wait: Wait, entry: AuditEntry | None) -> Text:
    """It waits no longer; `entry` is the last decision meanwhile."""
    title = _("%(canary)s waits no longer: %(step)s")
    lines = _decision(entry) if entry else [_("Nobody decided: the release went on, ended, or was replaced.")]
    return _text(title % _named(wait), lines, wait.about)


def entered(entry: AuditEntry, about: About) -> Text:
    """Somebody has decided, or an alarm was entered: the log's own sentence."""
    return _text(_sentence(entry, about.canary), _decision(entry)[1:], about)


def ended(outcome: str, about: About, why: str, entry: AuditEntry | None) -> Text:
    """A release is over: `outcome` is a topic."""
    titles = {
        "succeeded": _("%(canary)s succeeded"),
        "failed": _("%(canary)s failed"),
        "rolled-back": _("%(canary)s was rolled back"),
    }
    lines = [*(_decision(entry) if entry else []), *why.splitlines()]
    return _text(titles[outcome] % {"canary": about.canary}, lines, about)


def cluster_away(cluster: str, since: datetime, detail: str) -> Text:
    """No replica reaches it any more."""
    title = _("The cluster %(cluster)s is out of reach") % {"cluster": cluster}
    lines = [
        _("Since: %(time)s") % {"time": _time(since)},
        detail,
        _("Gates are answered and decisions are taken as before; the pages show the last known state."),
    ]
    return Text(_line(title), _body(lines))


def cluster_back(cluster: str, since: datetime, now: datetime) -> Text:
    """Some replica reaches it again."""
    title = _("The cluster %(cluster)s is in reach again") % {"cluster": cluster}
    return Text(_line(title), _body([_("It was away for %(time)s.") % {"time": _span(now - since)}]))


def passed_on(about: About, message: str, warning: bool) -> Text:
    """Flagger's own words."""
    title = (
        _("Flagger warns about %(canary)s: %(message)s")
        if warning
        else _("Flagger about %(canary)s: %(message)s")
    )
    return _text(title % {"canary": about.canary, "message": message}, [message], about)


def test(rule: str, person: str, link: str) -> Text:
    """What an admin sends to see whether it arrives."""
    text = _("%(person)s sent this to try the notification rule “%(rule)s”. Nothing has happened.")
    return Text(_("A test message from Aviary"), _body([text % {"person": person, "rule": rule}, link]))


def _text(title: str, lines: Iterable[str], about: About, decide: bool = False) -> Text:
    return Text(_line(title), _body([*lines, "", *_facts(about), "", *_link(about, decide)]))


def _facts(about: About) -> list[str]:
    images = [f"{old} → {new}" if old and old != new else new for old, new in about.images]
    found = [
        _("Cluster: %(cluster)s") % {"cluster": about.cluster},
        _("Namespace: %(namespace)s") % {"namespace": about.namespace},
        _("Canary: %(name)s") % {"name": about.name},
        *(_("Image: %(image)s") % {"image": image} for image in images),
    ]
    if about.weight is not None:
        found.append(_("Weight: %(weight)s %%") % {"weight": about.weight})
    if about.phase:
        found.append(_("Phase: %(phase)s") % {"phase": about.phase})
    return found


def _link(about: About, decide: bool) -> list[str]:
    if not about.link:
        return []
    text = _("Look and decide: %(link)s") if decide else _("Look: %(link)s")
    return [text % {"link": about.link}]


def _waiting(wait: Wait) -> list[str]:
    found = [_("Since: %(time)s") % {"time": _time(wait.since)}]
    if wait.deadline:
        found.append(_("Deadline: %(time)s") % {"time": _time(wait.deadline)})
    if wait.why:
        found.append(_("Flagger was told: %(why)s") % {"why": wait.why})
    return found


def _decision(entry: AuditEntry) -> list[str]:
    """What was decided, by whom and why."""
    found = [_sentence(entry, f"{entry.namespace}/{entry.name}")]
    found.append(_("By: %(person)s, %(time)s") % {"person": entry.actor, "time": _time(entry.at)})
    if reason := wording.reason(entry):
        found.append(_("Reason: %(reason)s") % {"reason": reason})
    return found


def _sentence(entry: AuditEntry, canary: str) -> str:
    return html.unescape(str(wording.sentence(entry, canary)))


def _named(wait: Wait) -> dict[str, str]:
    return {"canary": wait.about.canary, "step": wait.step}


def _time(at: datetime) -> str:
    return f"{at.astimezone(UTC):%Y-%m-%d %H:%M} UTC"


def _span(span: timedelta) -> str:
    """`3 hours`, `12 minutes`: the largest whole unit that says it."""
    minutes = max(round(span.total_seconds() / 60), 1)
    if minutes < 120:
        return ngettext("%(n)d minute", "%(n)d minutes", minutes) % {"n": minutes}
    hours = round(minutes / 60)
    if hours < 48:
        return ngettext("%(n)d hour", "%(n)d hours", hours) % {"n": hours}
    days = round(hours / 24)
    return ngettext("%(n)d day", "%(n)d days", days) % {"n": days}


def _line(text: str) -> str:
    """One line: what names and reasons hold must not become a header of its own."""
    return " ".join(_plain(text).split())[:LONGEST_TITLE]


def _body(lines: Iterable[str]) -> str:
    text = "\n".join(" ".join(_plain(line).split())[:LONGEST_LINE] for line in lines)
    return re.sub(r"\n{3,}", "\n\n", text).strip()


def _plain(text: str) -> str:
    """Without control characters, lone surrogates among them."""
    return re.sub(r"[\x00-\x1f\x7f\u2028\u2029]", " ", text).encode(errors="replace").decode()
