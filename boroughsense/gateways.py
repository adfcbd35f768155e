"""Playing a scenario through LoRaWAN gateways: where the network server is, and what to tell."""

from datetime import UTC, datetime
from pathlib import Path
from threading import Event
from typing import TYPE_CHECKING, cast
from urllib.parse import urlsplit

import typer

from boroughsense import options
from boroughsense.playing import Reporter, write

if TYPE_CHECKING:
    from simulators.play import Wanted
    from simulators.scenario import Story

PORT = 1700


def server_address(url: str) -> tuple[str, int]:
    """Read `udp://host:1700`."""
    parts = urlsplit(url)
    try:
        port = parts.port or PORT
    except ValueError:
        port = 0
    if parts.scheme != "udp" or not parts.hostname or not port:
        raise typer.BadParameter(f"{url!r} is not a gateway bridge: write udp://127.0.0.1:{PORT}")
    return parts.hostname, port


def play(
    story: "Story", wanted: "Wanted", server: tuple[str, int], stop: Event, progress: Path | None
) -> dict[str, object]:
    """Play a scenario in the present week, and give what happened; 1 when that fails."""
    from simulators.airspace import NotAdmitted
    from simulators.gateway_play import GatewayPlay, present
    from simulators.packet_forwarder import ServerAway

    ready = GatewayPlay(present(story, datetime.now(UTC)), wanted)
    airspace = ready.airspace(server)
    with options.said(ServerAway, NotAdmitted), airspace:
        return ready.run(airspace, stop, Reporter(progress, until=ready.end))


def tell(outcome: dict[str, object], truth: Path | None, *, as_json: bool) -> None:
    """Tell what happened; what a correct system must conclude goes to a file."""
    concluded = cast("dict[str, object]", outcome.pop("truth"))
    if truth is not None:
        write(truth, concluded)
    if as_json:
        options.answer(outcome)
        return
    typer.echo(
        "{joins} joins of {devices} devices through {gateways} gateways; {uplinks} uplinks, "
        "{answered} of {confirmed} confirmed ones answered, {downlinks} downlinks heard".format(
            **outcome
        )
    )
