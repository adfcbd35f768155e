"""`record` and `replay`: the broker's feed to a file and back, stored uplinks, measured series."""

from pathlib import Path
from typing import Annotated, Literal

import typer

from boroughsense import options
from boroughsense.commands.decoders import JsonOption
from boroughsense.commands.storage import DatabaseOption
from boroughsense.playing import Reporter, publish, speed, stop_event, target, write

FileArgument = Annotated[Path | None, typer.Argument(help="A recording, or a CSV file with --as.")]
FromDatabaseOption = Annotated[
    bool, typer.Option("--from-database", help="The uplinks that the database holds.")
]
AsOption = Annotated[
    str | None, typer.Option("--as", help="What a CSV file's columns are: a name, or YAML.")
]
PaceOption = Annotated[str, typer.Option("--speed", help="Times the original, or max.")]
OriginOption = Annotated[
    Literal["replay", "simulation", "backfill"],
    typer.Option(help="What the messages say they are; a live instance takes backfill alone."),
]
SinceOption = Annotated[str | None, typer.Option(help="Only what was heard from then on.")]
UntilOption = Annotated[str | None, typer.Option(help="Only what was heard before.")]
TopicOption = Annotated[
    list[str] | None, typer.Option("--topic", help="An MQTT filter; may be given several times.")
]
WeeksOption = Annotated[
    str, typer.Option(help="Move a CSV file's times by whole weeks; `now`: to the present.")
]
FaultOption = Annotated[
    list[str] | None, typer.Option(help="Of a CSV file's frames: `duplicate=0.01`, ...")
]
SeedOption = Annotated[int, typer.Option(min=0, help="Of the faults.")]
PositionOption = Annotated[
    Path | None, typer.Option(help="Where to keep how far it came: the next run goes on there.")
]
TruthOption = Annotated[Path | None, typer.Option(help="Where a CSV file's truth goes.")]
WallOption = Annotated[
    str | None, typer.Option("--wall", help="Stop after so much wall-clock time (60s).")
]
ProgressOption = Annotated[
    Path | None, typer.Option(help="A JSON file that says where the run is.")
]
MqttOption = Annotated[str | None, typer.Option("--mqtt-url", help="The broker; else the setting.")]


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.command()(record)
    app.command()(replay)


def record(
    file: Annotated[Path, typer.Argument(help="JSON lines; compressed when it ends in .gz.")],
    *,
    length: Annotated[str | None, typer.Option("--for", help="Stop after so long (1h).")] = None,
    topic: TopicOption = None,
    mqtt_url: MqttOption = None,
    as_json: JsonOption = False,
) -> None:
    """Write down what the broker delivers, beside whoever else listens, until Ctrl-C."""
    from simulators.publisher import BrokerAway
    from simulators.recorder import FILTERS, Recorder

    broker = target(options.settings(mqtt_url=mqtt_url).mqtt_url)
    stop = stop_event(length, with_parent=False)
    recorder = Recorder(broker, tuple(topic) if topic else FILTERS)
    with options.said(BrokerAway, OSError):
        recorded = recorder.record(file, stop, lambda _: None)
    if as_json:
        options.answer({"recorded": recorded})
    else:
        typer.echo(f"recorded {recorded} messages in {file}")


def replay(  # noqa: PLR0913 - each is an option of the command
    file: FileArgument = None,
    *,
    from_database: FromDatabaseOption = False,
    described: AsOption = None,
    pace: PaceOption = "1",
    origin: OriginOption = "replay",
    since: SinceOption = None,
    until: UntilOption = None,
    topic: TopicOption = None,
    weeks: WeeksOption = "0",
    fault: FaultOption = None,
    seed: SeedOption = 1,
    position: PositionOption = None,
    truth: TruthOption = None,
    wall: WallOption = None,
    progress: ProgressOption = None,
    mqtt_url: MqttOption = None,
    database_url: DatabaseOption = None,
    as_json: JsonOption = False,
) -> None:
    """Publish a recording, stored uplinks, or measured series as devices, at any speed."""
    from boroughsense import replays
    from boroughsense.replay_note import noted
    from simulators.replay import RecordingReplay

    if from_database is (file is not None):
        options.fail("replay needs a file, or --from-database, and not both", code=2)
    settings = options.settings(mqtt_url=mqtt_url, database_url=database_url)
    broker = target(settings.mqtt_url)
    rate, skip = speed(pace), replays.reached(position)
    looks = replays.watched(progress) or settings.database_url is not None
    stop = stop_event(wall, with_parent=False)
    source = str(file or "the database's uplinks")
    if file is not None and described is not None:
        plan = replays.plan(seed, fault or [])
        series = replays.series(file, described, weeks, plan, rate, skip=skip)
        end = replays.series_end(series) if looks else None
        with noted(settings, source, origin, pace, stop) as note:
            sent = publish(series, broker, origin, stop, Reporter(progress, until=end, note=note))
        if truth:
            write(truth, sent)
        if position:
            write(position, {"published": series.reached})
    else:
        choice = replays.choice(since, until, topic)
        with replays.messages(file, choice, database_url) as messages:
            run = RecordingReplay(messages, choice, rate, skip=skip)
            end = replays.recording_end(file, choice) if looks else None
            with noted(settings, source, origin, pace, stop) as note:
                sent = publish(run, broker, origin, stop, Reporter(progress, until=end, note=note))
        if position:
            write(position, {"published": run.reached})
    _tell(sent, as_json=as_json)


def _tell(sent: dict[str, object], *, as_json: bool) -> None:
    if as_json:
        options.answer({name: value for name, value in sent.items() if name != "series"})
    else:
        typer.echo(f"published {sent['published']} messages")
