"""Of the canaries that wait: which wait for this person, and whom the others wait for."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from dashboard.entry import Ask, Entry, Place
from dashboard.viewer import Viewer
from gates.permissions import APPROVER, needs

# Sorts last what waits since nobody knows when.
NEVER = datetime.max.replace(tzinfo=UTC)


class Turn(StrEnum):
    """Whose turn it is: MINE, or why it is not."""

    MINE = "mine"
    REJECTED = "rejected"
    POLICY = "policy"
    FROZEN = "frozen"
    ROLLED_BACK = "rolled-back"
    APPROVED = "approved"
    GROUP = "group"
    SECOND = "second"
    ROLE = "role"


@dataclass(frozen=True, slots=True)
class Call:
    """Whose turn it is at one canary; `who` names the people, the group or the namespace that is meant,
    `missing` how many more people are needed."""

    turn: Turn
    who: str = ""
    missing: int = 0

    @property
    def mine(self) -> bool:
        """The person who looks can move it on."""
        return self.turn is Turn.MINE

    @property
    def words(self) -> str:
        """For whom it waits, or for what; "" when it is the person's own turn."""
        if self.turn is Turn.SECOND:
            text = ngettext(
                "For one more person: you have approved.",
                "For %(n)d more people: you have approved.",
                self.missing,
            )
            return text % {"n": self.missing}
        texts = {
            Turn.REJECTED: _("Rejected by %(who)s: for a new revision, or until that is withdrawn."),
            Turn.POLICY: _("For somebody who mends the policy in the manifest."),
            Turn.FROZEN: _("For the end of the freeze, or an exemption."),
            Turn.ROLLED_BACK: _("For Flagger, which rolls back when it asks next."),
            Turn.APPROVED: _("For Flagger, which goes on when it asks next."),
            Turn.GROUP: _("For somebody of the group “%(who)s”."),
            Turn.ROLE: needs(APPROVER, self.who),
        }
        return texts[self.turn] % {"who": self.who} if self.turn in texts else ""


@dataclass(frozen=True, slots=True)
class Inbox:
    """Who waits, over all canaries that the person may see, the longest first."""

    mine: tuple[Place, ...] = ()
    others: tuple[tuple[Place, Call], ...] = ()


def inbox(entries: Iterable[Entry], viewer: Viewer) -> Inbox:
    """Sort out what waits among `entries`."""
    waiting = [
        (each.ask.since or NEVER, each.key, call(each.ask, each.key[0], viewer))
        for each in entries
        if each.ask is not None and viewer.access.views(each.key[0])
    ]
    waiting.sort(key=lambda one: one[:2])
    return Inbox(
        mine=tuple(key for _since, key, mine in waiting if mine.mine),
        others=tuple((key, other) for _since, key, other in waiting if not other.mine),
    )


def call(ask: Ask, namespace: str, viewer: Viewer) -> Call:
    """Whose turn it is, for one person."""
    if ask.rejected:
        return Call(Turn.REJECTED, ", ".join(ask.rejected))
    settled = {
        Turn.POLICY: ask.problem,
        Turn.FROZEN: ask.frozen is not None,
        Turn.ROLLED_BACK: ask.rolled_back,
        Turn.APPROVED: ask.approved,
    }
    for turn, holds in settled.items():
        if holds:
            return Call(turn)
    if viewer.name in ask.counted:
        return Call(Turn.SECOND, missing=ask.missing)
    if ask.group and ask.group not in viewer.groups:
        return Call(Turn.GROUP, ask.group)
    return Call(Turn.MINE) if viewer.access.decides(namespace) else Call(Turn.ROLE, namespace)
