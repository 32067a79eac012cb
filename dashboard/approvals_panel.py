"""The approvals on a canary's page: for each typed hook its policy, who said what, and what may be done."""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.translation import gettext as _

from dashboard import confirms, deciding, images, policy_words
from dashboard.confirms import Confirm
from dashboard.deciding import Option
from dashboard.known import Known
from dashboard.said import Voice
from gates.confirm_rules import Hook, Reach


@dataclass(frozen=True, slots=True)
class Heard:
    """One approval or rejection. `withdraw` is None once Flagger was told; `note`: why it does not count."""

    voice: Voice
    image: str
    reach: str
    note: str
    withdraw: Option | None


@dataclass(frozen=True, slots=True)
class Panel:
    """One hook. `approve` is the button to approve it before Flagger asks; None for the present one."""

    confirm: Confirm
    policy: list[str]
    heard: list[Heard]
    approve: Option | None


def panels(known: Known, may_decide: bool, person: str = "") -> list[Panel]:
    """In the manifest's order; `person` is who looks."""
    found = confirms.of(known)
    current = confirms.current(known, found)
    return [_panel(known, each, current, may_decide, person) for each in found]


def reach(voice: Voice) -> str:
    """How far an approval of more traffic goes."""
    if voice.hook is not Hook.TRAFFIC or not voice.yes:
        return ""
    if voice.reach is Reach.ALL:
        return _("all the way")
    words = _("%(weight)d %% only") if voice.reach is Reach.STEP else _("up to %(weight)d %%")
    return words % {"weight": voice.weight}


def _panel(known: Known, confirm: Confirm, current: Confirm | None, may_decide: bool, person: str) -> Panel:
    approve = None
    if confirm != current and not confirm.approved:
        option = deciding.approval(known, confirm, "plain", person)
        approve = deciding.allowed(known, option, may_decide)
    here = [voice for voice in known.said.voices if (voice.hook, voice.gate) == (confirm.hook, confirm.gate)]
    return Panel(
        confirm=confirm,
        policy=policy_words.words(confirm.policy, confirm.hook),
        heard=[_heard(known, confirm, voice, may_decide) for voice in here],
        approve=approve,
    )


def _heard(known: Known, confirm: Confirm, voice: Voice, may_decide: bool) -> Heard:
    withdraw = None
    if voice.answered is None or not voice.yes:
        option = deciding.withdrawal(known, voice.decision, _("Withdraw…"))
        withdraw = deciding.allowed(known, option, may_decide)
    return Heard(
        voice=voice,
        image=", ".join(images.split(image)[1] for image in voice.images),
        reach=reach(voice),
        note=_note(known, confirm, voice),
        withdraw=withdraw,
    )


def _note(known: Known, confirm: Confirm, voice: Voice) -> str:
    if voice.revision != known.view.revision:
        return _("for another revision")
    if voice in confirm.idle:
        group = confirm.policy.group
        if group and group not in voice.groups:
            return _("does not count: not of the group “%(group)s”") % {"group": group}
        if confirm.policy.reason_required and not voice.reason:
            return _("does not count: without a reason")
        return _("does not reach the next step")
    return ""
