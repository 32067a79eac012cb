"""Which policy of the manifest is in force at a hook."""

from __future__ import annotations

from typing import Any

from gates import policy
from gates.facts import Facts, HookSpec


def spec_of(facts: Facts, hook: str, gate: str) -> HookSpec | None:
    """The manifest's webhook with this address; else its only one of this type, when its own address tells
    nothing (it is rewritten on the way here)."""
    exact = [spec for spec in facts.specs if (spec.type, spec.typed, spec.gate) == (hook, hook, gate)]
    same_type = [spec for spec in facts.specs if spec.type == hook]
    alone = not gate and len(same_type) == 1 and not same_type[0].typed
    return exact[0] if exact else same_type[0] if alone else None


def in_force(facts: Facts | None, hook: str, gate: str) -> dict[str, Any]:
    """For the log: the number of approvals that are needed, and what else the manifest says; {} without a
    webhook."""
    spec = spec_of(facts, hook, gate) if facts else None
    if spec is None:
        return {}
    found = policy.read(spec.metadata)
    said = {key: spec.metadata[key] for key in policy.KEYS if key in spec.metadata}
    told: dict[str, Any] = {**said, "approvals": found.approvals}
    return {**told, "problem": found.problem} if found.problem else told
