"""`simulate`: a seeded borough speaks to the broker, and leaves the truth about it in a file."""

import json
import os
from collections.abc import Callable
from pathlib import Path
from threading import Event, Timer
from typing import TYPE_CHECKING, Annotated, cast

import typer

from boroughsense import options, stopping
from boroughsense.commands.decoders import JsonOption

if TYPE_CHECKING:
    from simulators.play import Play, Standing
    from simulators.publisher import Target

MqttOption = Annotated[str | None, typer.Option("--mqtt-url", help="The broker; else the setting.")]


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.command()(simulate)


def simulate(  # noqa: PLR0913 - each is an option of the command
    scenario: Annotated[str, typer.Argument(help="A scenario that ships, or a YAML file.")],
    *,
    seed: Annotated[int, typer.Option(min=0, help="The same seed gives the same bytes.")] = 1,
    speed: Annotated[
        str, typer.Option(help="Simulated seconds a second after the history, or `max`.")
    ] = "1",
    devices: Annotated[
        int | None, typer.Option(min=1, help="So many devices instead of the scenario's.")
    ] = None,
    length: Annotated[
        str | None, typer.Option("--for", help="So much simulated time, history included (2d).")
    ] = None,
    wall: Annotated[
        str | None, typer.Option("--wall", help="Stop after so much wall-clock time (60s).")
    ] = None,
    truth: Annotated[Path | None, typer.Option(help="Where the truth file goes.")] = None,
    progress: Annotated[
        Path | None, typer.Option(help="A JSON file that says where the run is.")
    ] = None,
    mqtt_url: MqttOption = None,
    exit_with_parent: Annotated[
        bool, typer.Option("--exit-with-parent", hidden=True, help="End with standard input.")
    ] = False,
    as_json: JsonOption = False,
) -> None:
    """Publish a scenario: its history at full speed, then live, until its end or Ctrl-C."""
    from simulators.play import Play, Wanted
    from simulators.publisher import BrokerAway, PublishRefused
    from simulators.scenario import ScenarioWrong, load

    settings = options.settings(mqtt_url=mqtt_url)
    rate = _speed(speed)
    try:
        story = load(scenario)
    except ScenarioWrong as error:
        options.fail(str(error), code=2)
    wanted = Wanted(seed, rate, devices, options.duration(length) if length else None)
    stop = Event()
    stopping.on_signals(stop.set)
    if exit_with_parent:
        stopping.with_parent(stop.set)
    if wall:
        _after(options.duration(wall).total_seconds(), stop.set)
    with options.said(BrokerAway, PublishRefused, OSError):
        sent = _play(Play(story, wanted), target(settings.mqtt_url), stop, _teller(progress))
        if truth:
            write(truth, sent)
    if as_json:
        options.answer(summary(sent))
    else:
        _tell(sent)


def _speed(text: str) -> float | None:
    if text == "max":
        return None
    try:
        speed = float(text)
    except ValueError:
        speed = 0.0
    if not 0.001 <= speed <= 1_000_000:
        raise typer.BadParameter(f"{text!r} is not a speed: a number above 0, or max")
    return speed


def _after(seconds: float, call: Callable[[], None]) -> None:
    timer = Timer(seconds, call)
    timer.daemon = True
    timer.start()


def target(url: str) -> "Target":
    """Give the broker of the settings as the simulators name it."""
    from boroughsense.settings import broker_address
    from simulators.publisher import Target

    address = broker_address(url)
    return Target(
        address.host,
        address.port,
        tls=address.tls,
        username=address.username,
        password=address.password,
    )


def _play(
    play: "Play", broker: "Target", stop: Event, tell: "Callable[[Standing], None]"
) -> dict[str, object]:
    from simulators.message import Message
    from simulators.publisher import Publisher

    publisher: Publisher[Message] = Publisher(broker, "simulation", play.truth.add)
    with publisher:
        sent = play.run(publisher, stop, tell)
    return {**sent, "repeated": publisher.repeated}


def _teller(file: Path | None) -> "Callable[[Standing], None]":
    from simulators.radio import moment

    def tell(standing: "Standing") -> None:
        if file is not None:
            write(
                file,
                {
                    "published": standing.published,
                    "phase": standing.phase,
                    "simulated_time": moment(standing.simulated_time).isoformat(),
                },
            )

    return tell


def write(file: Path, document: dict[str, object]) -> None:
    """Write a JSON file at once: whoever reads it finds the old one or the new one, whole."""
    part = file.with_name(f"{file.name}.part")
    part.write_text(json.dumps(document, allow_nan=False), encoding="utf-8")
    os.replace(part, file)  # noqa: PTH105 - the same on every platform


def summary(sent: dict[str, object]) -> dict[str, object]:
    """Give the truth without its long parts."""
    return {name: value for name, value in sent.items() if name != "series"}


def _tell(sent: dict[str, object]) -> None:
    typer.echo(
        "published {published}: {stored} to be stored, {refused} to be refused, "
        "{duplicates} duplicates; from {from} to {to}".format(**sent)
    )
    for alert in cast("list[dict[str, object]]", sent["alerts"]):
        typer.echo("  {rule} {dev_eui} from {fired_at} to {resolved_at}".format(**alert))
