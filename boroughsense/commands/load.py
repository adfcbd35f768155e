"""`load`: uplinks made beforehand, published as fast as the broker takes them."""

from typing import Annotated

import typer

from boroughsense import options
from boroughsense.commands.decoders import JsonOption
from boroughsense.commands.replaying import MqttOption


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(load)


def load(  # noqa: PLR0913 - each is an option of the command
    *,
    count: Annotated[int, typer.Option(min=1, max=1_000_000, help="Uplinks in all.")] = 100_000,
    connections: Annotated[int, typer.Option(min=1, max=64, help="Each a process.")] = 2,
    length: Annotated[str, typer.Option("--for", help="The end at the latest.")] = "60s",
    devices: Annotated[int, typer.Option(min=1, max=10_000_000, help="They come from.")] = 1000,
    rate: Annotated[
        int | None, typer.Option(min=1, help="Uplinks a second; else as fast as it goes.")
    ] = None,
    origin: Annotated[str, typer.Option(help="What the messages say they are.")] = "simulation",
    mqtt_url: MqttOption = None,
    as_json: JsonOption = False,
) -> None:
    """Publish 1.5-kB uplinks of five values each, all different, as fast as the broker takes."""
    from simulators.load import Load, LoadFailed, publish

    seconds = options.duration(length).total_seconds()
    wanted = Load(count, connections, seconds, origin, devices, rate)
    url = options.settings(mqtt_url=mqtt_url).mqtt_url
    if not url.startswith("mqtt://"):
        options.fail("a load goes to a broker without TLS: mqtt://...", code=2)
    with options.said(LoadFailed):
        figures = publish(url, wanted)
    if as_json:
        options.answer(figures)
    else:
        typer.echo(
            "{published} uplinks in {seconds} s over {connections} connections: "
            "{uplinks_per_s} a second; {refused} refused".format(**figures)
        )
