"""One warning about a manifest, and the lines of YAML that mend it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any, TypeAlias

import yaml
from django.utils.text import format_lazy

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise

# Promises are translated for whoever looks at them.
Text: TypeAlias = "str | _StrPromise"


class Level(StrEnum):
    """`DANGER`: production may change although nobody decided it. `WARNING`: something does not do what it
    seems to. `INFO`: a limit worth knowing."""

    DANGER = "danger"
    WARNING = "warning"
    INFO = "info"


class Code(StrEnum):
    """Which warning it is, for scripts; docs/wiring.md lists them."""

    HOOK_MISMATCH = "hook-mismatch"
    HOOK_OPENS = "hook-opens"
    TEST_ASKS_GATE = "test-asks-gate"
    GATE_HALT = "gate-halt"
    GATE_APPROVE = "gate-approve"
    GATE_FOREIGN = "gate-foreign"
    SWITCH_SHARED = "switch-shared"
    NO_ROLLBACK = "no-rollback"
    GATE_NOT_CLOSED = "gate-not-closed"
    ROLLBACK_NOT_CLOSED = "rollback-not-closed"
    TRAFFIC_NEVER_ASKED = "traffic-never-asked"
    RESTART_UNAPPROVED = "restart-unapproved"
    SKIP_ANALYSIS = "skip-analysis"
    FREEZE_NOT_ENFORCEABLE = "freeze-not-enforceable"
    STEPS_IGNORED = "steps-ignored"
    STEPS_OVERSHOOT = "steps-overshoot"
    STEPS_MISSING = "steps-missing"
    STEPS_DESCEND = "steps-descend"
    STEPS_JUMP = "steps-jump"
    POLICY_PROBLEM = "policy-problem"
    POLICY_UNKNOWN = "policy-unknown"
    POLICY_IGNORED = "policy-ignored"
    DEADLINE_AT_START = "deadline-at-start"
    EVENT_HIDDEN = "event-hidden"
    TIMEOUTS_EXCEED_INTERVAL = "timeouts-exceed-interval"
    TIMEOUT_UNLIMITED = "timeout-unlimited"
    DELEGATION_NOBODY = "delegation-nobody"
    ROUTE_BYPASS = "route-bypass"


@dataclass(frozen=True, slots=True)
class WiringWarning:
    """`text` says what is wrong and `remedy` what to do, in a sentence each.

    `lines` is YAML: what to write instead, in `spec.analysis` (`skipAnalysis` and `service` in `spec`,
    `http` in the VirtualService that is to delegate). `hook` is the name of the webhook that is meant, or "".
    """

    level: Level
    code: Code
    text: Text
    remedy: Text
    lines: str
    hook: str = ""


def say(text: Text, **values: object) -> Text:
    """The text with its `{names}` filled in; translated when it is shown, not when it is made."""
    return format_lazy(text, **values)


def hook_lines(*hooks: dict[str, Any]) -> str:
    """Webhooks as they stand in the manifest."""
    return _dump({"webhooks": list(hooks)}, flow=False)


def analysis_lines(**fields: Any) -> str:
    """Fields of `spec.analysis` as they stand in the manifest."""
    return _dump(fields, flow=None)


def service_lines(fields: dict[str, Any]) -> str:
    """`spec.service` as it stands in the manifest."""
    return _dump({"service": fields}, flow=False)


def delegate_lines(to: tuple[str, str]) -> str:
    """What a VirtualService says to leave the decision to another one."""
    namespace, name = to
    return _dump({"http": [{"delegate": {"name": name, "namespace": namespace}}]}, flow=False)


def _dump(value: object, flow: bool | None) -> str:
    text: str = yaml.safe_dump(
        value, sort_keys=False, allow_unicode=True, default_flow_style=flow, width=1000
    )
    return text
