"""The rule book of the confirm hooks, tried exhaustively: never a yes without what makes it one."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gates.confirm_rules import (
    ASKED_IN,
    Approval,
    Ask,
    FreezeWindow,
    Hook,
    Reach,
    Rejection,
    confirm,
    covers,
    unapproved,
)
from gates.facts import Facts, HookSpec, Unreadable
from gates.policy import Policy

NOW = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)
CONFIRMING = [Hook.START, Hook.TRAFFIC, Hook.PROMOTION]
FREEZE = FreezeWindow(NOW + timedelta(hours=6), "incident 4711", False)


def facts(**changes: object) -> Facts:
    base = Facts("r1", ("app:2",), "Progressing", 10, 25, "canary", (), "c1", NOW)
    return replace(base, **changes)  # type: ignore[arg-type]


def ask(hook: Hook = Hook.PROMOTION, **changes: object) -> Ask:
    return replace(Ask(hook, facts(), Policy(), checksum="c1"), **changes)  # type: ignore[arg-type]


def yes(person: str = "minji", hook: Hook = Hook.PROMOTION, **changes: object) -> Approval:
    return replace(Approval(1, person, hook, "r1"), **changes)  # type: ignore[arg-type]


approvals = st.lists(
    st.builds(
        Approval,
        decision=st.integers(1, 9),
        person=st.sampled_from(["minji", "hana", "ada"]),
        hook=st.sampled_from(CONFIRMING),
        revision=st.sampled_from(["r1", "r1", "r2"]),
        gate=st.sampled_from(["", "", "qa"]),
        groups=st.sampled_from([frozenset(), frozenset({"sre"})]),
        reasoned=st.booleans(),
        checksum=st.sampled_from(["", "c1", "c2"]),
        reach=st.sampled_from(list(Reach)),
        weight=st.sampled_from([10, 25, 50, 100]),
        answered=st.booleans(),
    ),
    max_size=5,
)
asks = st.builds(
    Ask,
    hook=st.sampled_from(CONFIRMING),
    facts=st.just(Unreadable("no")) | st.builds(
        facts,
        revision=st.sampled_from(["", "r1", "r1", "r2"]),
        phase=st.sampled_from(["Progressing", "Waiting", "WaitingPromotion", "Succeeded", "Promoting"]),
        weight=st.sampled_from([0, 10, 50]),
        next_weight=st.sampled_from([None, 10, 25, 60, 110]),
        checksum=st.sampled_from(["c1", "c2"]),
    ),
    policy=st.builds(Policy, approvals=st.integers(1, 3), problem=st.sampled_from(["", "", "", "bad"]),
                     group=st.sampled_from(["", "", "sre"]), reason_required=st.booleans()),
    gate=st.sampled_from(["", "", "qa"]),
    approvals=approvals,
    rejections=st.lists(
        st.builds(Rejection, st.sampled_from(CONFIRMING), st.sampled_from(["r1", "r2"]), st.just("ada"),
                  st.just(""), st.sampled_from(["", "qa"])), max_size=2,
    ),
    freezes=st.lists(st.builds(FreezeWindow, st.just(NOW), st.just("x"), st.booleans()), max_size=2),
    metadata=st.just({}) | st.just({"approvals": "1"}),
    checksum=st.sampled_from(["", "c1", "c2"]),
    starts=st.dictionaries(st.sampled_from(["", "qa"]), st.builds(Policy, approvals=st.integers(1, 2))),
    intruder=st.sampled_from(["", "", "", "rollback"]),
    rollback=st.sampled_from([False, False, True]),
)  # fmt: skip


@settings(max_examples=1500)
@given(asks)
def test_a_yes_has_everything_that_makes_it_one(given_ask: Ask) -> None:
    verdict = confirm(given_ask)
    if not verdict.yes:
        assert verdict.why
        assert "\n" not in verdict.why
        return
    known = given_ask.facts
    assert isinstance(known, Facts)
    assert known.revision
    assert not given_ask.policy.problem
    assert dict(given_ask.metadata) == dict(given_ask.policy.source)
    assert len({each.person for each in verdict.counted}) >= given_ask.policy.approvals
    starting = given_ask.hook is Hook.START or (given_ask.hook is Hook.TRAFFIC and known.weight == 0)
    here = [each for each in verdict.counted if covers(each, given_ask.hook, known)]
    for each in here:
        assert each.gate == given_ask.gate or each.hook is not given_ask.hook
        assert "sre" in each.groups or not given_ask.policy.group
        assert each.reasoned or not given_ask.policy.reason_required
    assert len({each.person for each in here}) >= given_ask.policy.approvals
    for each in verdict.counted:
        assert each in here or (starting and each.hook is Hook.START)
        assert each.revision == known.revision
        if given_ask.hook is not Hook.START:
            assert given_ask.checksum == (each.checksum or known.checksum) != ""
    assert not given_ask.intruder
    assert not (given_ask.rollback and given_ask.hook is not Hook.START)
    assert known.phase in ASKED_IN[given_ask.hook]
    assert not any(
        one.revision == known.revision and (one.hook, one.gate) == (given_ask.hook, given_ask.gate)
        for one in given_ask.rejections
    )
    assert not (given_ask.freezes and starting)
    assert not any(freeze.in_flight for freeze in given_ask.freezes)
    if given_ask.hook is Hook.TRAFFIC and known.weight == 0:
        for gate, policy in given_ask.starts.items():
            starters = {
                each.person for each in given_ask.approvals
                if (each.hook, each.gate, each.revision) == (Hook.START, gate, known.revision)
            }  # fmt: skip
            assert len(starters) >= policy.approvals


@settings(max_examples=600)
@given(asks, approvals)
def test_more_approvals_never_turn_a_yes_into_a_no(given_ask: Ask, more: list[Approval]) -> None:
    if confirm(given_ask).yes:
        assert confirm(replace(given_ask, approvals=[*given_ask.approvals, *more])).yes


@settings(max_examples=600)
@given(asks)
def test_rejections_and_freezes_never_turn_a_no_into_a_yes(given_ask: Ask) -> None:
    free = replace(given_ask, rejections=(), freezes=(), rollback=False)
    if not confirm(free).yes:
        assert not confirm(given_ask).yes


@pytest.mark.parametrize(
    ("asked", "why"),
    [
        (ask(), "waiting for approval 1 of 1"),
        (ask(policy=Policy(approvals=2), approvals=[yes()]), "waiting for approval 2 of 2"),
        (ask(policy=Policy(approvals=2), approvals=[yes(), yes()]), "waiting for approval 2 of 2"),
        (ask(approvals=[yes(revision="r0")]), "revision changed"),
        (ask(approvals=[yes(checksum="c0")]), "revision changed"),
        (ask(approvals=[yes()], checksum=""), "revision changed"),
        (ask(facts=Unreadable("gone"), approvals=[yes()]), "revision unknown"),
        (ask(facts=facts(revision=""), approvals=[yes()]), "revision unknown"),
        (ask(metadata={"approvals": "1"}, approvals=[yes()]), "policy differs from the manifest"),
        (ask(policy=Policy(problem="approvals: no"), approvals=[yes()]), "policy: approvals: no"),
        (
            ask(approvals=[yes()], rejections=[Rejection(Hook.PROMOTION, "r1", "ada", "errors")]),
            "rejected by ada: errors",
        ),
        (
            ask(Hook.START, facts=facts(phase="Waiting"), approvals=[yes(hook=Hook.START)], freezes=[FREEZE]),
            "frozen until 2026-11-24 18:00 UTC: incident 4711",
        ),
        (
            ask(approvals=[yes()], freezes=[replace(FREEZE, in_flight=True)]),
            "frozen until 2026-11-24 18:00 UTC: incident 4711",
        ),
        (
            ask(Hook.TRAFFIC, facts=facts(weight=0, next_weight=10), starts={"": Policy()},
                approvals=[yes(hook=Hook.TRAFFIC)]),
            "start: waiting for approval 1 of 1",
        ),
        (ask(approvals=[yes()], rollback=True), "a rollback is requested"),
        (
            ask(approvals=[yes()], intruder="rollback"),
            "the manifest's rollback webhook asks here, too",
        ),
        (ask(approvals=[yes()], facts=facts(phase="Waiting")), "Flagger does not ask this in phase Waiting"),
        (ask(approvals=[yes()], gate="qa"), "waiting for approval 1 of 1"),
        (ask(policy=Policy(group="sre"), approvals=[yes()]), "waiting for approval 1 of 1 by sre"),
        (ask(policy=Policy(reason_required=True), approvals=[yes()]), "waiting for approval 1 of 1"),
    ],
)  # fmt: skip
def test_a_no_says_what_is_missing(asked: Ask, why: str) -> None:
    verdict = confirm(asked)
    assert (verdict.yes, verdict.why) == (False, why)


def test_a_freeze_of_starts_lets_a_release_under_way_go_on() -> None:
    assert confirm(ask(approvals=[yes()], freezes=[FREEZE])).yes


def test_at_the_start_flaggers_checksum_still_names_the_release_before() -> None:
    waiting = facts(phase="Waiting", weight=0, checksum="c0")
    start = ask(Hook.START, facts=waiting, approvals=[yes(hook=Hook.START)], checksum="whatever")
    assert confirm(start).yes


@pytest.mark.parametrize(
    ("reach", "weight", "next_weight", "covered"),
    [
        (Reach.STEP, 25, 25, True),
        (Reach.STEP, 25, 50, False),
        (Reach.UP_TO, 50, 25, True),
        (Reach.UP_TO, 50, 50, True),
        (Reach.UP_TO, 50, 60, False),
        # Asked at the maximum as well: "up to" does not promote.
        (Reach.UP_TO, 50, None, False),
        (Reach.UP_TO, 100, None, False),
        (Reach.UP_TO, 100, 120, True),
        (Reach.ALL, 100, None, True),
    ],
)
def test_a_traffic_approval_reaches_as_far_as_it_says(
    reach: Reach, weight: int, next_weight: int | None, covered: bool
) -> None:
    approval = yes(hook=Hook.TRAFFIC, reach=reach, weight=weight)
    assert covers(approval, Hook.TRAFFIC, facts(next_weight=next_weight)) is covered


def test_a_promotion_approval_lets_the_last_traffic_question_pass_and_no_other() -> None:
    assert covers(yes(), Hook.TRAFFIC, facts(next_weight=None))
    assert not covers(yes(), Hook.TRAFFIC, facts(next_weight=50))
    assert not covers(yes(hook=Hook.START), Hook.PROMOTION, facts())


def spec(hook: Hook) -> HookSpec:
    return HookSpec(str(hook), str(hook), str(hook), "", {})


def test_a_revision_nobody_started_is_noticed_where_no_hook_can_stop_it() -> None:
    asks_start = facts(specs=(spec(Hook.START),))
    with_traffic = facts(specs=(spec(Hook.START), spec(Hook.TRAFFIC)))
    started = [yes(hook=Hook.START, answered=True)]
    assert unapproved(asks_start, [])
    assert unapproved(with_traffic, [])
    assert not unapproved(replace(with_traffic, weight=0), [])
    assert not unapproved(asks_start, started)
    # Said after it had begun to run: people know of it.
    assert not unapproved(asks_start, [yes(hook=Hook.START)])
    assert unapproved(asks_start, [yes(hook=Hook.START, checksum="c0", answered=True)])
    # Blue/Green and A/B testing never ask about traffic.
    assert unapproved(replace(with_traffic, weight=0, strategy="blue/green"), [])
    two = replace(
        asks_start, specs=(HookSpec("confirm-rollout", "", "confirm-rollout", "", {"approvals": "2"}),)
    )
    assert unapproved(two, [yes(hook=Hook.START)])
    assert not unapproved(two, [yes(hook=Hook.START), yes("hana", hook=Hook.START)])
    assert unapproved(replace(asks_start, revision="r2"), started)
    assert not unapproved(facts(), [])
    assert not unapproved(replace(asks_start, phase="Waiting"), [])
