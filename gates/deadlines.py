"""What a policy does when its deadline passes: reject, or ask for a rollback. Once, by the policy's name."""

from __future__ import annotations

from datetime import datetime

from gates import approvals, audit, decisions, episodes, rules, situation
from gates.approvals import Said, Where
from gates.audit import Actor
from gates.confirm_rules import Hook
from gates.decisions import Act, Change, Deciding
from gates.facts import Facts
from gates.keys import ROLLBACK, GateKey
from gates.models import Episode

POLICY = Actor("policy", "policy (deadline)")


def apply(episode: Episode, facts: Facts | None, now: datetime) -> bool:
    """Do what the policy says; False when it was done already, people were in time, or nothing is known.

    At confirm-rollout there is nothing to roll back: rollback means reject there.
    """
    if not episodes.is_due(episode, now) or facts is None or facts.revision != episode.revision:
        return False
    where = Where(episode.cluster, episode.namespace, episode.name, Hook(episode.hook), episode.gate)
    reason = f"no decision by {episode.deadline_at:%Y-%m-%d %H:%M} UTC"
    with decisions.deciding([where.lock, rollback_key(where)]) as door:
        # Flagger may not have asked since: what people said in time is enough.
        if situation.enough(where, facts) or not episodes.take(episode):
            return False
        if episode.on_deadline == "rollback" and where.hook is not Hook.START:
            roll_back(door, where, POLICY, facts, reason)
        else:
            said = Said(approvals.REJECT, POLICY, audit.SYSTEM_ORIGIN, facts, reason)
            approvals.record(door, where, said)
    return True


def rollback_key(where: Where) -> GateKey:
    """The switch of the canary's rollbacks."""
    return GateKey(ROLLBACK, where.cluster, where.namespace, where.name)


def roll_back(door: Deciding, where: Where, actor: Actor, facts: Facts, reason: str) -> None:
    """A rollback request by declared policy, as long as a person's; the door holds `rollback_key`."""
    until = door.now + rules.ROLLBACK_LIFETIME
    key = rollback_key(where)
    request = Change(Act.OPEN, key, actor, audit.SYSTEM_ORIGIN, reason, facts, bind=True, until=until)
    decisions.make(door, [request])
