"""What a hook's `metadata` in the Canary asks of people: how many, who, by when. Plain Python.

The policy lives in the manifest, so it is in git. Unknown keys warn; a bad value refuses every answer
until it is mended, because a typo must not let a release through.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta

from gates import duration

MOST_APPROVALS = 20
LONGEST_DEADLINE = timedelta(days=31)
KEYS = ("approvals", "group", "reason", "deadline", "on-deadline", "on-unapproved")
ON_DEADLINE = ("keep", "reject", "rollback")
ON_UNAPPROVED = ("show", "rollback")


@dataclass(frozen=True, slots=True)
class Policy:
    """`approvals` distinct people are needed, of `group` ("" any approver). `deadline` counts from the
    first no of a waiting episode. `problem` names a value that cannot be used: then nothing is approved.
    """

    approvals: int = 1
    group: str = ""
    reason_required: bool = False
    deadline: timedelta | None = None
    on_deadline: str = "keep"
    on_unapproved: str = "show"
    warnings: tuple[str, ...] = ()
    problem: str = ""
    source: Mapping[str, str] = field(default_factory=dict)

    @property
    def deadline_seconds(self) -> float | None:
        """The deadline, None without one."""
        return self.deadline.total_seconds() if self.deadline else None


def read(metadata: Mapping[str, str]) -> Policy:
    """The policy in a webhook's metadata; never raises."""
    try:
        deadline = _deadline(metadata)
        on_deadline = _choice(metadata, "on-deadline", ON_DEADLINE)
        return Policy(
            approvals=_approvals(metadata),
            group=_group(metadata),
            reason_required=_choice(metadata, "reason", ("optional", "required")) == "required",
            deadline=deadline,
            on_deadline=on_deadline,
            on_unapproved=_choice(metadata, "on-unapproved", ON_UNAPPROVED),
            warnings=_warnings(metadata, deadline),
            source=dict(metadata),
        )
    except ValueError as error:
        return Policy(problem=str(error), warnings=_warnings(metadata, None), source=dict(metadata))


def _approvals(metadata: Mapping[str, str]) -> int:
    value = metadata.get("approvals", "1")
    if not (value.isascii() and value.isdigit()) or not 1 <= int(value[:6]) <= MOST_APPROVALS:
        raise ValueError(f"approvals: {_quoted(value)} must be a whole number from 1 to {MOST_APPROVALS}")
    return int(value)


def _group(metadata: Mapping[str, str]) -> str:
    value = metadata.get("group", "")
    if "group" in metadata and not value.strip():
        raise ValueError("group: it is empty; name a group or leave the key out")
    return value.strip()


def _choice(metadata: Mapping[str, str], key: str, options: tuple[str, ...]) -> str:
    value = metadata.get(key, options[0])
    if value not in options:
        raise ValueError(f"{key}: {_quoted(value)} must be one of {', '.join(options)}")
    return value


def _deadline(metadata: Mapping[str, str]) -> timedelta | None:
    value = metadata.get("deadline")
    if value is None:
        return None
    try:
        seconds = duration.seconds(value)
    except ValueError:
        raise ValueError(f"deadline: {_quoted(value)} is not a duration such as 30m or 4h") from None
    if not 0 < seconds <= LONGEST_DEADLINE.total_seconds():
        raise ValueError(f"deadline: {_quoted(value)} must be more than 0 and at most 744h")
    return timedelta(seconds=seconds)


def _warnings(metadata: Mapping[str, str], deadline: timedelta | None) -> tuple[str, ...]:
    unknown = [f"{_quoted(key)} is not a policy key" for key in sorted(metadata) if key not in KEYS]
    if "on-deadline" in metadata and deadline is None:
        unknown.append("on-deadline has no effect without deadline")
    return tuple(unknown)


def _quoted(value: str) -> str:
    return f"“{value[:40]}”"
