"""A small stand-in for Flagger: one call of `tick` is one interval of one canary, in Flagger's own order.

Follows `advanceCanary` of Flagger 1.44 (pkg/controller/scheduler.go); `tests/demo` holds it to recordings.
Left out: pods that do not become ready, autoscalers, mirroring in Blue/Green, deletion.
"""

from __future__ import annotations

from contextlib import suppress

from dashboard.demo import routing, strategies, workloads
from dashboard.demo.checks import Measure, checks_pass
from dashboard.demo.hooks import Caller, Hooks, of_type
from dashboard.demo.recorder import Recorder
from dashboard.demo.state import Cluster, Missing
from dashboard.demo.turn import Turn

RUNNING = frozenset({"Progressing", "Waiting", "WaitingPromotion", "Promoting", "Finalising"})
ANALYSED = frozenset({"Progressing", "WaitingPromotion"})
UNREADY = "waiting for rollout to finish: observed deployment generation less than desired generation"


class Flagger:
    """Advances the canaries of one cluster. `measure(canary, metric)` stands in for Prometheus."""

    def __init__(
        self, cluster: Cluster, call: Caller, measure: Measure, recorder: Recorder | None = None
    ) -> None:
        self.cluster, self.measure = cluster, measure
        self.recorder = recorder or Recorder()
        self.hooks = Hooks(call)

    async def tick(self, namespace: str, name: str) -> None:
        """One interval; a canary that is gone is passed over."""
        try:
            turn = Turn.read(self.cluster, namespace, name)
        except Missing:
            return
        if turn.spec.get("suspend"):
            await self.hooks.info(turn, "skipping canary run as object is suspended")
            return
        workloads.settle(self.cluster, turn.canary)
        if turn.phase in ("", "Initializing"):
            if not await self._initialise(turn):
                return
            turn = turn.again()
        if turn.phase == "Failed":
            turn.sync("Failed")
        if turn.phase in RUNNING or turn.target_changed():
            await self._advance(turn)
        with suppress(Missing):
            self.recorder.seen(turn.again())

    def _measured(self, turn: Turn, metric: str) -> float:
        value = self.measure(turn, metric)
        seconds = value / 1000 if metric == "request-duration" else value
        self.recorder.measured(turn, metric, seconds)
        return value

    async def _initialise(self, turn: Turn) -> bool:
        """Make primary, Services and route; False while the primary is not ready."""
        checked = not turn.spec.get("skipAnalysis")
        if checked:
            await self.hooks.info(turn, "all the metrics providers are available!")
        if workloads.make_primary(self.cluster, turn.canary) and checked:
            await self.hooks.warn(turn, f"{turn.target}-primary.{turn.namespace} not ready: {UNREADY}")
            return False
        workloads.scale(self.cluster, turn.canary, up=False)
        routing.reconcile(turn)
        turn.sync("Initialized")
        await self.hooks.info(turn.again(), f"Initialization done! {turn.title}")
        return True

    async def _advance(self, turn: Turn) -> None:
        if turn.phase not in RUNNING or turn.phase == "Waiting":
            await self._start(turn.again())
        elif turn.phase in ANALYSED and turn.target_changed():
            await self.hooks.info(
                turn, f"New revision detected! Restarting analysis for {turn.target}.{turn.namespace}"
            )
            routing.set_weight(turn, 0)
            turn.sync("Progressing")
        elif turn.spec.get("skipAnalysis"):
            await self._promote_unseen(turn)
        elif turn.phase in ANALYSED and await self._told_to_roll_back(turn):
            await self.hooks.warn(turn, f"Rolling back {turn.title} manual webhook invoked")
            await self._roll_back(turn)
        elif turn.phase == "Promoting":
            await strategies.return_traffic(turn, self.hooks)
        elif turn.phase == "Finalising":
            await self._finish(turn, f"Promotion completed! Scaling down {turn.target}.{turn.namespace}")
        elif turn.failed_checks >= strategies.threshold(turn):
            await self._roll_back(turn)
        elif not await checks_pass(turn, self.hooks, self._measured):
            turn.write(failedChecks=turn.failed_checks + 1)
        else:
            await strategies.step(turn, self.hooks)

    async def _start(self, turn: Turn) -> None:
        """A new revision: ask whether it may start, then wake the target up."""
        for hook in of_type(turn, "confirm-rollout"):
            if await self.hooks.ask(turn, hook, turn.phase) is not None:
                if turn.phase != "Waiting":
                    turn.set_phase("Waiting")
                    await self.hooks.warn(
                        turn, f"Halt {turn.title} advancement waiting for approval {hook['name']}"
                    )
                return
            await self.hooks.info(turn, f"Confirm-rollout check {hook['name']} passed")
        ahead = turn.as_phase("Progressing")
        await self.hooks.info(ahead, f"New revision detected! Scaling up {turn.target}.{turn.namespace}")
        workloads.scale(self.cluster, turn.canary, up=True)
        turn.sync("Progressing")

    async def _told_to_roll_back(self, turn: Turn) -> bool:
        for hook in of_type(turn, "rollback"):
            if await self.hooks.ask(turn, hook, turn.phase) is None:
                await self.hooks.warn(turn, f"Rollback check {hook['name']} passed")
                return True
            await self.hooks.info(turn, f"Rollback hook {hook['name']} not signaling a rollback")
        return False

    async def _roll_back(self, turn: Turn) -> None:
        if turn.failed_checks >= strategies.threshold(turn):
            await self.hooks.warn(
                turn, f"Rolling back {turn.title} failed checks threshold reached {turn.failed_checks}"
            )
        routing.set_weight(turn, 0)
        await self.hooks.warn(turn.as_phase("Failed"), f"Canary failed! Scaling down {turn.title}")
        workloads.scale(self.cluster, turn.canary, up=False)
        turn.sync("Failed")
        await self._post_rollout(turn, "Failed")

    async def _promote_unseen(self, turn: Turn) -> None:
        """`skipAnalysis`: straight to the primary."""
        routing.set_weight(turn, 0)
        await strategies.copy_template(turn, self.hooks)
        done = f"Promotion completed! Canary analysis was skipped for {turn.target}.{turn.namespace}"
        await self._finish(turn, done)

    async def _finish(self, turn: Turn, message: str) -> None:
        workloads.scale(self.cluster, turn.canary, up=False)
        turn.set_phase("Succeeded")
        ahead = turn.as_phase("Succeeded")
        await self._post_rollout(ahead, "Succeeded")
        await self.hooks.info(ahead, message)

    async def _post_rollout(self, turn: Turn, phase: str) -> None:
        for hook in of_type(turn, "post-rollout"):
            reason = await self.hooks.ask(turn, hook, phase)
            if reason is not None:
                await self.hooks.warn(turn, f"Post-rollout hook {hook['name']} failed {reason}")
                return
            await self.hooks.info(turn, f"Post-rollout check {hook['name']} passed")
