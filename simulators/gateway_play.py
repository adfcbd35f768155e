"""Playing a scenario through gateways: everything below the network server's own doing."""

from collections.abc import Callable
from dataclasses import asdict, replace
from datetime import UTC, datetime, timedelta
from threading import Event

from simulators.airspace import Airspace
from simulators.clock import Clock
from simulators.device import Frame
from simulators.end_device import EndDevice, app_key
from simulators.faults import FaultPlan
from simulators.gateway_truth import GatewayTruth
from simulators.on_air import OnAir, all_on_air
from simulators.pace import Pacer, Standing
from simulators.play import Play, Wanted
from simulators.radio import moment
from simulators.scenario import Story

_WEEK = timedelta(weeks=1)


def present(story: Story, now: datetime) -> Story:
    """Move a scenario by whole weeks, so that its live part begins in the week before `now`.

    A network server and who reads it date by their own clocks what is further away than that.
    """
    scenario = story.scenario
    weeks = (now.astimezone(UTC) - scenario.start - scenario.history) // _WEEK
    moved = scenario.model_copy(update={"start": scenario.start + weeks * _WEEK})
    return replace(story, scenario=moved)


class GatewayPlay:
    """A scenario whose frames are to go through gateways.

    `run` gives besides the summary a truth file, see `simulators.gateway_truth`.

    Of the scenario's faults only `lost` is played: the others happen behind the network server.

    Args:
        story: the scenario.
        wanted: how to play it; the devices' keys are those of its seed.
    """

    def __init__(self, story: Story, wanted: Wanted) -> None:
        self._play = Play(story, wanted)
        self._truth = GatewayTruth(member.identity for member in self._play.fleet.members)
        self.end = self._play.end
        """Unix time at which the run ends by itself"""

    def airspace(self, server: tuple[str, int]) -> Airspace:
        """Give the scenario's gateways and devices around a network server."""
        fleet, seed = self._play.fleet, self._play.wanted.seed
        euis = (member.identity.dev_eui for member in fleet.members)
        devices = [EndDevice(dev_eui, app_key(seed, dev_eui)) for dev_eui in euis]
        return Airspace(fleet.gateways, devices, server, on_uplink=self._sent)

    def _sent(self, sent: OnAir, frame: Frame) -> None:
        self._truth.add(sent, frame, datetime.now(UTC))

    def run(
        self, airspace: Airspace, stop: Event, tell: Callable[[Standing], None]
    ) -> dict[str, object]:
        """Send everything until the end, or until `stop` is set; give what happened."""
        play = self._play

        def told(phase: str, now: float) -> None:
            tell(Standing(phase, airspace.tally.uplinks, now))

        plan = FaultPlan(play.wanted.seed, play.story.scenario.faults)
        pacer = Pacer(Clock(play.begin), play.live, play.wanted.speed, told)
        missing = pacer.run(all_on_air(play.fleet, plan, (play.begin, play.end)), airspace, stop)
        about = {
            "scenario": play.story.name,
            "seed": play.wanted.seed,
            "start": moment(play.begin).isoformat(),
            "unconfirmed": missing,
        }
        return {
            **about,
            "devices": len(play.fleet.members),
            "gateways": len(play.fleet.gateways),
            **asdict(airspace.tally),
            "truth": self._truth.document(about),
        }
