"""`simulate`: a seeded borough speaks to the broker, and leaves the truth about it in a file.

With `--gateway` it speaks LoRaWAN to a network server's gateways instead.
"""

from pathlib import Path
from typing import Annotated, cast

import typer

from boroughsense import gateways, options
from boroughsense.commands import load as loading
from boroughsense.commands import provisioning, replaying, verifying
from boroughsense.commands.decoders import JsonOption
from boroughsense.playing import Reporter, publish, speed, stop_event, target, write

MqttOption = Annotated[str | None, typer.Option("--mqtt-url", help="The broker; else the setting.")]


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.command()(simulate)
    replaying.register(app)
    verifying.register(app)
    provisioning.register(app)
    loading.register(app)


def simulate(  # noqa: PLR0913 - each is an option of the command
    scenario: Annotated[str, typer.Argument(help="A scenario that ships, or a YAML file.")],
    *,
    seed: Annotated[int, typer.Option(min=0, help="The same seed gives the same bytes.")] = 1,
    pace: Annotated[
        str, typer.Option("--speed", help="Simulated seconds a second after the history, or max.")
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
    gateway: Annotated[
        str | None,
        typer.Option(help="Through LoRaWAN gateways to a network server: udp://127.0.0.1:1700."),
    ] = None,
    mqtt_url: replaying.MqttOption = None,
    exit_with_parent: Annotated[
        bool, typer.Option("--exit-with-parent", hidden=True, help="End with standard input.")
    ] = False,
    as_json: JsonOption = False,
) -> None:
    """Publish a scenario: its history at full speed, then live, until its end or Ctrl-C."""
    from simulators.play import Play, Wanted
    from simulators.scenario import ScenarioWrong, load

    rate = speed(pace)
    try:
        story = load(scenario)
    except ScenarioWrong as error:
        options.fail(str(error), code=2)
    wanted = Wanted(seed, rate, devices, options.duration(length) if length else None)
    if gateway is not None:
        server = gateways.server_address(gateway)
        stop = stop_event(wall, with_parent=exit_with_parent)
        outcome = gateways.play(story, wanted, server, stop, progress)
        gateways.tell(outcome, truth, as_json=as_json)
        return
    broker = target(options.settings(mqtt_url=mqtt_url).mqtt_url)
    stop = stop_event(wall, with_parent=exit_with_parent)
    play = Play(story, wanted)
    sent = publish(play, broker, "simulation", stop, Reporter(progress, until=play.end))
    if truth:
        write(truth, sent)
    if as_json:
        options.answer(summary(sent))
    else:
        _tell(sent)


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
