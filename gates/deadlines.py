"""What a policy does when its deadline passes: reject, or ask for a rollback. Once, by the policy's name."""

from __future__ import annotations

from datetime import datetime

from gates import approvals, audit, decisions, episodes, rules
from gates.approvals import Said, Where
from gates.audit import Actor
from gates.confirm_rules import Hook
from gates.decisions import Act, Change
from gates.facts import Facts
from gates.keys import ROLLBACK, GateKey
from gates.models import Episode

POLICY = Actor("policy", "policy (deadline)")


def apply(episode: Episode, facts: Facts | None, now: datetime) -> bool:
    """Do what the policy says; False when it was done already, or nothing is known of the canary.

    At confirm-rollout there is nothing to roll back: rollback means reject there.
    """
    if not episodes.is_due(episode, now) or facts is None or facts.revision != episode.revision:
        return False
    taken = Episode.objects.filter(pk=episode.pk, ended_at__isnull=True, deadline_applied=False)
    if not taken.update(deadline_applied=True):
        return False
    where = Where(episode.cluster, episode.namespace, episode.name, Hook(episode.hook), episode.gate)
    reason = f"no decision by {episode.deadline_at:%Y-%m-%d %H:%M} UTC"
    if episode.on_deadline == "rollback" and where.hook is not Hook.START:
        roll_back(where, POLICY, facts, reason, now)
    else:
        approvals.say(where, Said(approvals.REJECT, POLICY, audit.SYSTEM_ORIGIN, facts, reason))
    return True


def roll_back(where: Where, actor: Actor, facts: Facts, reason: str, now: datetime) -> None:
    """A rollback request by declared policy; it lives as long as a person's."""
    key = GateKey(ROLLBACK, where.cluster, where.namespace, where.name)
    until = now + rules.ROLLBACK_LIFETIME
    decisions.apply(
        [Change(Act.OPEN, key, actor, audit.SYSTEM_ORIGIN, reason, facts, bind=True, until=until)]
    )
