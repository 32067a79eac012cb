"""A hook's policy as people read it, before anybody is asked."""

from __future__ import annotations

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from gates.confirm_rules import Hook
from gates.policy import Policy


def words(policy: Policy, hook: Hook) -> list[str]:
    """One short sentence for each rule."""
    if policy.problem:
        text = _("The policy in the manifest cannot be used, so Flagger is told no: %(problem)s.")
        return [text % {"problem": policy.problem}]
    found = [_approvals(policy)]
    if policy.reason_required:
        found.append(_("Each with a reason."))
    if policy.deadline is not None:
        found.append(_deadline(policy, hook))
    if hook is Hook.START and policy.on_unapproved == "rollback":
        found.append(_("A revision that runs without approval is rolled back."))
    return found


def at_deadline(on_deadline: str, hook: Hook) -> str:
    """What happens when the time is up, as the end of a sentence."""
    if on_deadline == "keep":
        return _("then it goes on waiting")
    if on_deadline == "rollback" and hook is not Hook.START:
        return _("then it is rolled back")
    return _("then it is rejected: blocked until a new revision")


def _approvals(policy: Policy) -> str:
    wanted = {"n": policy.approvals, "group": policy.group}
    if policy.group:
        return (
            ngettext(
                "%(n)d approval by somebody of the group “%(group)s”.",
                "%(n)d approvals by different people of the group “%(group)s”.",
                policy.approvals,
            )
            % wanted
        )
    text = ngettext("%(n)d approval.", "%(n)d approvals by different people.", policy.approvals)
    return text % wanted


def _deadline(policy: Policy, hook: Hook) -> str:
    text = _("Within %(time)s of Flagger's first question, %(then)s.")
    return text % {"time": policy.source["deadline"], "then": at_deadline(policy.on_deadline, hook)}
