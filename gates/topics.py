"""What actions are about, so that they can be found together. Pure.

The log's index knows the families, so they may move to other topics at any time.
"""

from __future__ import annotations

# By topic: the families of its actions, each the first part of their codes.
TOPICS: dict[str, tuple[str, ...]] = {
    "approvals": ("approval", "gate", "hold", "close", "revision"),
    "rollbacks": ("rollback",),
    "answers": ("answer",),
    "cluster": ("canary", "intervention"),
    "freezes": ("freeze",),
    "comments": ("comment",),
    "access": ("role", "person", "group", "token"),
    "sign-ins": ("signin",),
    "log": ("log", "export", "checkpoint", "settings", "notification"),
}
_BY_FAMILY = {family: topic for topic, families in TOPICS.items() for family in families}


def of(action: str) -> str:
    """`role.granted` → `access`; "" for what belongs to none."""
    return _BY_FAMILY.get(action.partition(".")[0], "")
