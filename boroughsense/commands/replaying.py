"""`record` and `replay`: the broker's feed to a file and back, stored uplinks, measured series."""

import json
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from boroughsense import options
from boroughsense.commands.decoders import JsonOption
from boroughsense.commands.storage import DatabaseOption, connected
from boroughsense.playing import Reporter, publish, speed, stop_event, target, write

if TYPE_CHECKING:
    from simulators.faults import FaultPlan
    from simulators.recording import Heard
    from simulators.replay import Choice, SeriesReplay
    from simulators.scenario import FaultRates

MqttOption = Annotated[str | None, typer.Option("--mqtt-url", help="The broker; else the setting.")]
TopicOption = Annotated[
    list[str] | None, typer.Option("--topic", help="An MQTT filter; may be given several times.")
]
WallOption = Annotated[
    str | None, typer.Option("--wall", help="Stop after so much wall-clock time (60s).")
]
OriginOption = Annotated[
    Literal["replay", "simulation", "backfill"],
    typer.Option(help="What the messages say they are; a live instance takes backfill alone."),
]


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
    file: Annotated[
        Path | None, typer.Argument(help="A recording, or a CSV file with --as.")
    ] = None,
    *,
    from_database: Annotated[
        bool, typer.Option("--from-database", help="The uplinks that the database holds.")
    ] = False,
    described: Annotated[
        str | None, typer.Option("--as", help="What a CSV file's columns are: a name, or YAML.")
    ] = None,
    pace: Annotated[str, typer.Option("--speed", help="Times the original, or max.")] = "1",
    origin: OriginOption = "replay",
    since: Annotated[str | None, typer.Option(help="Only what was heard from then on.")] = None,
    until: Annotated[str | None, typer.Option(help="Only what was heard before.")] = None,
    topic: TopicOption = None,
    weeks: Annotated[
        str, typer.Option(help="Move a CSV file's times by whole weeks; `now`: to the present.")
    ] = "0",
    fault: Annotated[
        list[str] | None, typer.Option(help="Of a CSV file's frames: `duplicate=0.01`, ...")
    ] = None,
    seed: Annotated[int, typer.Option(min=0, help="Of the faults.")] = 1,
    position: Annotated[
        Path | None, typer.Option(help="Where to keep how far it came: the next run goes on there.")
    ] = None,
    truth: Annotated[Path | None, typer.Option(help="Where a CSV file's truth goes.")] = None,
    wall: WallOption = None,
    progress: Annotated[
        Path | None, typer.Option(help="A JSON file that says where the run is.")
    ] = None,
    mqtt_url: MqttOption = None,
    database_url: DatabaseOption = None,
    as_json: JsonOption = False,
) -> None:
    """Publish a recording, stored uplinks, or measured series as devices, at any speed."""
    from simulators.faults import FaultPlan
    from simulators.recording import RecordingWrong
    from simulators.replay import RecordingReplay
    from simulators.series import SeriesWrong

    broker = target(options.settings(mqtt_url=mqtt_url).mqtt_url)
    rate, tell = speed(pace), Reporter(progress)
    if from_database is (file is not None):
        options.fail("replay needs a file, or --from-database, and not both", code=2)
    stop = stop_event(wall, with_parent=False)
    if described is not None and file is not None:
        series = _series(file, described, _weeks(weeks), FaultPlan(seed, _rates(fault or [])), rate)
        with options.said(SeriesWrong):
            sent = publish(series, broker, origin, stop, tell)
        if truth:
            write(truth, sent)
    else:
        choice, skip = _choice(since, until, topic), _reached(position)
        with _messages(file, choice, database_url) as messages, options.said(RecordingWrong):
            recording = RecordingReplay(messages, choice, rate, skip=skip)
            sent = publish(recording, broker, origin, stop, tell)
        if position:
            write(position, {"published": recording.reached})
    if as_json:
        options.answer({name: value for name, value in sent.items() if name != "series"})
    else:
        typer.echo(f"published {sent['published']} messages")


@contextmanager
def _messages(
    file: Path | None, choice: "Choice", database_url: str | None
) -> "Iterator[Iterable[Heard]]":
    """Give what is to be replayed: a file's messages, or the database's uplinks."""
    if file is not None:
        from simulators.recording import read

        yield read(file)
        return
    from boroughsense.past import as_heard
    from storage.past_uplinks import past_uplinks

    with connected(options.settings(database_url=database_url)) as connection:
        yield as_heard(past_uplinks(connection, choice.since, choice.until))


def _weeks(text: str) -> int | None:
    if text == "now":
        return None
    try:
        return int(text)
    except ValueError as error:
        raise typer.BadParameter(f"{text!r} is not a number of weeks, nor now") from error


def _rates(given: list[str]) -> "FaultRates":
    from pydantic import ValidationError

    from simulators.scenario import FaultRates

    try:
        return FaultRates.model_validate(dict(entry.split("=", 1) for entry in given))
    except (ValidationError, ValueError) as error:
        known = ", ".join(FaultRates.model_fields)
        raise typer.BadParameter(
            f"{' '.join(given)} are not faults: name=share, with {known}"
        ) from error


def _choice(since: str | None, until: str | None, topics: list[str] | None) -> "Choice":
    from simulators.replay import Choice

    return Choice(
        tuple(topics or ()),
        options.moment(since) if since else None,
        options.moment(until) if until else None,
    )


def _series(
    file: Path, described: str, weeks: int | None, plan: "FaultPlan", rate: float | None
) -> "SeriesReplay":
    from simulators.replay import SeriesReplay
    from simulators.series import Series, SeriesWrong, describe

    with options.said(SeriesWrong, OSError):
        return SeriesReplay(Series(file, describe(described), weeks=weeks), plan, rate)


def _reached(position: Path | None) -> int:
    if position is None or not position.exists():
        return 0
    try:
        return int(json.loads(position.read_text("utf-8"))["published"])
    except (OSError, ValueError, KeyError, TypeError) as error:
        options.fail(f"{position}: does not say how far it came: {error}", code=2)
