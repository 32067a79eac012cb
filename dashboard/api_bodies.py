"""The canaries resource: what its JSON holds, and the queries and bodies it takes."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from dashboard.store import Reach, Trouble
from dashboard.wiring import Code, Level
from gates.actions import LONGEST_REASON
from gates.api import GateBody
from gates.approvals_api import ApprovalBody
from gates.confirm_rules import CONFIRM
from gates.confirm_rules import Reach as ApprovalReach
from gates.keys import GATE, ROLLBACK
from gates.overdue import Cause
from gates.policy import ON_DEADLINE, ON_UNAPPROVED
from gates.rest import Page, Strict
from gates.search import BIGGEST


class FreshnessBody(serializers.Serializer[Any]):
    """Whether the cluster is being followed (`live`) or what is shown is old (`stale`), and since when."""

    reach = serializers.ChoiceField(choices=[each.value for each in Reach])
    since = serializers.DateTimeField()
    trouble = serializers.ChoiceField(choices=[each.value for each in Trouble if each], allow_blank=True)
    detail = serializers.CharField()


class AwayBody(serializers.Serializer[Any]):
    """One of several clusters that is not live."""

    cluster = serializers.CharField()
    freshness = FreshnessBody()


class WeightBody(serializers.Serializer[Any]):
    """The effective share of traffic in per cent, and where it was read."""

    value = serializers.IntegerField()
    source = serializers.CharField()  # type: ignore[assignment]


class ImageBody(serializers.Serializer[Any]):
    """One container's image at the primary and at the target."""

    container = serializers.CharField()
    old = serializers.CharField()
    new = serializers.CharField()


class HookBody(serializers.Serializer[Any]):
    """One webhook; tokens in its address are masked, `timeout` is in seconds."""

    type = serializers.CharField()
    name = serializers.CharField()
    url = serializers.CharField()
    timeout = serializers.FloatField()
    retries = serializers.IntegerField()
    metadata = serializers.DictField(child=serializers.CharField())


class WiringBody(serializers.Serializer[Any]):
    """Something to know about how the manifest is wired; `lines` is YAML to write instead, `hook` the name
    of the webhook that is meant ("" for the whole analysis)."""

    level = serializers.ChoiceField(choices=[each.value for each in Level])
    code = serializers.ChoiceField(choices=[each.value for each in Code])
    hook = serializers.CharField()
    text = serializers.CharField()
    remedy = serializers.CharField()
    lines = serializers.CharField()


class PolicyBody(serializers.Serializer[Any]):
    """What the webhook's metadata asks of people; `deadline` in seconds. `problem`: nothing is approved."""

    approvals = serializers.IntegerField()
    group = serializers.CharField()
    reason_required = serializers.BooleanField()
    deadline = serializers.FloatField(source="deadline_seconds", allow_null=True)
    on_deadline = serializers.ChoiceField(choices=ON_DEADLINE)
    on_unapproved = serializers.ChoiceField(choices=ON_UNAPPROVED)
    problem = serializers.CharField()
    warnings = serializers.ListField(child=serializers.CharField())


class WaitingBody(serializers.Serializer[Any]):
    """Flagger waits here since its first no; at `deadline_at` the policy acts (`deadline_applied`: has)."""

    since = serializers.DateTimeField(source="began_at")
    revision = serializers.CharField()
    weight = serializers.IntegerField(source="step")
    deadline_at = serializers.DateTimeField(allow_null=True)
    on_deadline = serializers.CharField()
    deadline_applied = serializers.BooleanField()


class SeenBody(serializers.Serializer[Any]):
    """Flagger asked `count` times since `since`, the first time after a yes; the last answer and why."""

    count = serializers.IntegerField()
    since = serializers.DateTimeField(source="began")
    last_at = serializers.DateTimeField(source="last")
    yes = serializers.BooleanField()
    why = serializers.CharField()


class AskingBody(serializers.Serializer[Any]):
    """Is Flagger asking? `expected_by` is null while it does not ask this hook, and `cause` says why not;
    of an overdue one it is the likely cause."""

    expected_by = serializers.DateTimeField(allow_null=True)
    overdue = serializers.BooleanField()
    cause = serializers.ChoiceField(choices=[each.value for each in Cause if each], allow_blank=True)


class HookStateBody(serializers.Serializer[Any]):
    """A webhook that asks here. `hook` and `gate` name a typed address, `switch` (`gate`, `rollback`) what a
    drop-in address asks; `policy` and `waiting` are null where there is none, `asked` before any ask."""

    type = serializers.CharField()
    name = serializers.CharField()
    hook = serializers.CharField()
    gate = serializers.CharField()
    switch = serializers.CharField()
    policy = PolicyBody(allow_null=True)
    waiting = WaitingBody(allow_null=True)
    asked = SeenBody(source="seen", allow_null=True)
    asking = AskingBody(source="expectation")


class CanaryBody(serializers.Serializer[Any]):
    """One canary. Weights are in per cent, `interval` in seconds; `problem` names what could not be read."""

    cluster = serializers.CharField(source="canary.cluster")
    namespace = serializers.CharField(source="canary.namespace")
    name = serializers.CharField(source="canary.name")
    phase = serializers.CharField(source="canary.phase")
    phase_since = serializers.DateTimeField(allow_null=True)
    message = serializers.CharField(source="canary.message")
    weight = WeightBody()
    next_weight = serializers.IntegerField(allow_null=True)
    failed_checks = serializers.IntegerField(source="canary.failed_checks")
    threshold = serializers.IntegerField(source="canary.threshold")
    strategy = serializers.CharField(source="canary.strategy")
    steps = serializers.ListField(child=serializers.IntegerField(), source="canary.steps")
    max_weight = serializers.IntegerField(source="canary.max_weight")
    iteration = serializers.IntegerField(source="canary.iteration")
    iterations = serializers.IntegerField(source="canary.iterations")
    interval = serializers.FloatField(source="canary.interval")
    provider = serializers.CharField(source="canary.provider")
    target_kind = serializers.CharField(source="canary.target_kind")
    target_name = serializers.CharField(source="canary.target_name")
    suspended = serializers.BooleanField(source="canary.suspended")
    images = ImageBody(many=True)
    revision = serializers.CharField()
    primary_revision = serializers.CharField()
    ready = serializers.CharField()
    primary_ready = serializers.CharField()
    observed_at = serializers.DateTimeField()
    problem = serializers.CharField(source="canary.problem")


class CanaryDetail(CanaryBody):
    """One canary with its webhooks, its gates, the approvals and rejections that hold, and wiring warnings,
    the most dangerous first. `hook_states` are the webhooks that ask here; `unapproved`: a revision runs
    whose start nobody approved."""

    hooks = HookBody(many=True, source="canary.hooks")
    gates = GateBody(many=True)
    approvals = ApprovalBody(many=True)
    hook_states = HookStateBody(many=True)
    unapproved = serializers.BooleanField()
    wiring = WiringBody(many=True)
    freshness = FreshnessBody()


class CanaryPage(serializers.Serializer[Any]):
    """A page of canaries by namespace and name."""

    freshness = FreshnessBody()
    away = AwayBody(many=True, help_text="Those of several clusters that are not live.")
    next = serializers.CharField(allow_null=True, help_text="Address of the next page.")
    results = CanaryBody(many=True)


class CanaryQuery(Page):
    """Filters of the list of canaries."""

    cluster = serializers.CharField(required=False)
    namespace = serializers.CharField(required=False)
    phase = serializers.CharField(required=False, help_text="As Flagger writes it, for example `Waiting`.")
    q = serializers.CharField(required=False, help_text="Part of namespace/name or of an image.")
    cursor = serializers.CharField(required=False, help_text="From `next` of the page before.")


class DecisionBody(Strict):
    """What is asked. `revision`: the one you looked at (as `revision` of the canary); another one there
    means 409 and nothing is done. `until` (approve): keep the gate open until then instead of to the
    end of the release. `kind` (close): which switch, when both are open.

    `hook` names a typed hook ("": the one that Flagger asks next, else the drop-in gate; `gate`: always the
    drop-in gate), `gate` the name behind its address. More traffic: `reach` is `step`, `up-to` (with
    `weight` in per cent) or `all`. `decision` (close): the approval or rejection to withdraw."""

    reason = serializers.CharField(required=False, allow_blank=True, max_length=LONGEST_REASON, default="")
    revision = serializers.RegexField(
        r"^[0-9a-f]{64}\Z", required=False, default="",
        error_messages={"invalid": "Send the whole revision: 64 hex digits."},
    )  # fmt: skip
    until = serializers.DateTimeField(required=False, default=None)
    kind = serializers.ChoiceField(choices=[GATE, ROLLBACK], required=False, default="")
    hook = serializers.ChoiceField(choices=[*sorted(CONFIRM), GATE], required=False, default="")
    gate = serializers.RegexField(r"^[A-Za-z0-9._~-]{1,100}\Z", required=False, default="")
    reach = serializers.ChoiceField(
        choices=[each.value for each in ApprovalReach], required=False, default=""
    )
    weight = serializers.IntegerField(min_value=1, max_value=100, required=False, default=None)
    decision = serializers.IntegerField(min_value=1, max_value=BIGGEST, required=False, default=None)


class DecisionResult(serializers.Serializer[Any]):
    """What was written: the entry's number, whether it changed anything, and what it was about afterwards:
    a switch, an approval or rejection, or (a comment) neither."""

    entry = serializers.IntegerField()
    outcome = serializers.CharField()
    gate = GateBody(allow_null=True)
    approval = ApprovalBody(allow_null=True)
