"""`simulate`, `record`, `replay` and `verify`, as an operator and a program see them."""

import json
import signal
import sys
from collections.abc import Iterator
from io import StringIO
from pathlib import Path
from threading import Event
from typing import Any

import pytest
import typer
from typer.testing import CliRunner, Result

from boroughsense.commands import simulators
from boroughsense.playing import Reporter
from boroughsense.replay_note import noted
from boroughsense.settings import Settings
from simulators.pace import Standing
from simulators.recording import Heard, opened
from storage import replay_runs
from storage.connection import Connection
from tests.fixtures.broker import Mosquitto
from tests.fixtures.service_process import database_url
from tests.simulators.test_recording import heard

app = typer.Typer()
simulators.register(app)
runner = CliRunner()
SCENARIO = """
title: a small one
start: 2026-02-02T00:00:00Z
history: 0s
length: 30m
gateways: [{name: roof, latitude: 51.4, longitude: -0.1}]
fleet:
  - {name: elm, model: elsys-ers, count: 2, interval: 1m, home: typical,
     latitude: 51.4, longitude: -0.1}
"""


@pytest.fixture(autouse=True)
def _signals() -> Iterator[None]:
    """Give the test run its signal handlers back."""
    kept = {number: signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGINT)}
    yield
    for number, handler in kept.items():
        signal.signal(number, handler)


@pytest.fixture
def scenario(tmp_path: Path) -> str:
    """Write a scenario of an hour with two rooms."""
    file = tmp_path / "small.yaml"
    file.write_text(SCENARIO)
    return str(file)


def run(broker: Mosquitto, *words: str) -> Result:
    """Run a command on a broker."""
    return runner.invoke(app, [*words, "--mqtt-url", broker.url])


def ask(broker: Mosquitto, *words: str) -> Any:  # noqa: ANN401 - a JSON document
    """Run a command and give its JSON."""
    result = run(broker, *words, "--json")
    assert result.exit_code == 0, result.output
    return json.loads(result.stdout)


def test_simulate_publishes_and_leaves_the_truth(
    broker: Mosquitto, scenario: str, tmp_path: Path
) -> None:
    """The answer is the truth without its series; the progress file ends with all of it."""
    truth, progress = tmp_path / "truth.json", tmp_path / "progress.json"
    files = ["--truth", str(truth), "--progress", str(progress)]
    told = ask(broker, "simulate", scenario, "--speed", "max", "--seed", "3", *files)
    document = json.loads(truth.read_text())
    assert told == {name: value for name, value in document.items() if name != "series"}
    assert (told["scenario"], told["seed"], told["published"]) == ("small", 3, 60)
    assert json.loads(progress.read_text()) == {
        "published": 60,
        "phase": "stopped",
        "simulated_time": json.loads(progress.read_text())["simulated_time"],
    }


def test_simulate_tells_a_person(broker: Mosquitto) -> None:
    """The account and the alerts, a line each."""
    words = ["simulate", "dst_weekend", "--speed", "max", "--for", "20h", "--devices", "6"]
    result = run(broker, *words)
    assert result.exit_code == 0
    first, *alerts = result.stdout.splitlines()
    assert first.startswith("published ")
    assert "to be stored" in first
    assert any(line.startswith("  E1 ") for line in alerts)


def test_simulate_stops_after_its_wall_clock_time(broker: Mosquitto, scenario: str) -> None:
    """`--wall` ends a run that would take half an hour."""
    told = ask(broker, "simulate", scenario, "--speed", "60", "--wall", "1s")
    assert 0 < told["published"] < 60


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["simulate", "nowhere"], "there is no scenario 'nowhere'"),
        (["simulate", "quiet_day", "--speed", "fast"], "not a speed"),
        (["simulate", "quiet_day", "--speed", "0"], "not a speed"),
        (["replay", "x.csv", "--as", "marylebone", "--weeks", "soon"], "not a number of weeks"),
        (["replay", "x.csv", "--as", "marylebone", "--fault", "fire=1"], "are not faults"),
        (["replay", "x.csv", "--as", "marylebone", "--fault", "lost"], "are not faults"),
        (["replay"], "needs a file, or --from-database"),
        (["replay", "x", "--from-database"], "needs a file, or --from-database"),
        (["verify", "nowhere.json"], "cannot be read"),
    ],
)
def test_wrong_use_is_said_and_ends_with_2(words: list[str], said: str) -> None:
    """A wrong option or name is one sentence."""
    result = runner.invoke(app, words)
    assert result.exit_code == 2
    assert said in " ".join(result.output.replace("│", " ").split())


@pytest.mark.parametrize(
    "words",
    [
        ["simulate", "quiet_day"],
        ["record", "feed.jsonl"],
        ["replay", "feed.jsonl"],
        ["replay", "missing.csv", "--as", "marylebone"],
        ["replay", "missing.csv", "--as", "nothing"],
    ],
)
def test_what_cannot_be_done_is_said_and_ends_with_1(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, words: list[str]
) -> None:
    """No broker, no file, no description: one sentence and no trace."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "feed.jsonl").write_text(heard(1).line())
    result = runner.invoke(app, [*words, "--mqtt-url", "mqtt://127.0.0.1:1"])
    assert result.exit_code == 1
    assert len(result.output.splitlines()) == 1


def feed(folder: Path, *messages: Heard) -> str:
    """Write a recording."""
    file = folder / "feed.jsonl"
    with opened(file, "a") as sink:
        sink.writelines(f"{message.line()}\n" for message in messages)
    return str(file)


def test_replay_goes_on_where_it_stopped(broker: Mosquitto, tmp_path: Path) -> None:
    """The position file holds how far it came; the next run publishes the rest."""
    position = str(tmp_path / "position.json")
    words = ["replay", feed(tmp_path, *map(heard, range(4))), "--speed", "max"]
    assert ask(broker, *words, "--position", position)["published"] == 4
    feed(tmp_path, heard(4), heard(5))
    assert ask(broker, *words, "--position", position)["published"] == 2
    result = run(broker, *words, "--position", position)
    assert result.stdout == "published 0 messages\n"
    Path(position).write_text("{}")
    assert run(broker, *words, "--position", position).exit_code == 2


def test_replay_takes_a_window_and_topics(broker: Mosquitto, tmp_path: Path) -> None:
    """`--since`, `--until` and `--topic` choose."""
    words = ["replay", feed(tmp_path, *map(heard, range(9))), "--speed", "max"]
    since = ["--since", "2026-02-02T10:02Z", "--until", "2026-02-02T10:06Z"]
    assert ask(broker, *words, *since)["published"] == 4
    assert ask(broker, *words, "--topic", "eu868/#", "--topic", "application/#")["published"] == 9
    assert ask(broker, *words, "--topic", "eu868/#")["published"] == 0


def test_replay_writes_down_how_far_it_is(
    broker: Mosquitto, tmp_path: Path, dsn: str, database: Connection
) -> None:
    """The database of the settings knows of it; one that fails is said, and hinders nothing."""
    words = ["replay", feed(tmp_path, *map(heard, range(4))), "--speed", "max"]
    assert ask(broker, *words, "--database-url", database_url(dsn))["published"] == 4
    (told,) = replay_runs.runs(database)
    assert (told.origin, told.speed, told.published, told.fraction) == ("replay", "max", 4, 1.0)
    assert (told.under_way, told.stopped) == (False, False)
    assert told.source.endswith("feed.jsonl")
    database.execute("alter table replay_run rename to elsewhere")
    result = run(broker, *words, "--database-url", database_url(dsn))
    assert result.exit_code == 0
    assert "the page of runs does not tell of this replay" in result.stderr
    assert result.stdout == "published 4 messages\n"


def test_book_that_is_lost_on_the_way(dsn: str, database: Connection, tmp_path: Path) -> None:
    """A database that goes away during a replay is said once; a replay that was stopped says so."""
    settings, stop = Settings(database_url=database_url(dsn)), Event()
    assert not database.closed
    with noted(settings, "a", "replay", "1", stop) as note:
        assert note is not None
        note(1, 0.5)
        note(2, 0.6)
        stop.set()
    (told,) = replay_runs.runs(database)
    assert (told.stopped, told.published, told.fraction) == (True, 2, 0.5)
    said = StringIO()
    with (
        pytest.MonkeyPatch.context() as patch,
        noted(settings, "b", "replay", "1", Event()) as note,
    ):
        assert note is not None
        patch.setattr(sys, "stderr", said)
        database.execute("alter table replay_run rename to elsewhere")
        note(1, None)
        note(2, None)
    assert said.getvalue().count("does not tell of this replay") == 1
    with noted(Settings(data_dir=tmp_path), "c", "replay", "1", Event()) as note:
        assert note is None


def test_a_broken_recording_is_said(broker: Mosquitto, tmp_path: Path) -> None:
    """What is before the wrong line is published, and the command ends with 1."""
    file = Path(feed(tmp_path, heard(1)))
    file.write_text(file.read_text() + "nonsense\n")
    result = run(broker, "replay", str(file), "--speed", "max")
    assert result.exit_code == 1
    assert "feed.jsonl:2: is not a line" in result.output


def test_record_ends_by_itself(broker: Mosquitto, tmp_path: Path) -> None:
    """`--for` ends it; it says how much it heard."""
    file = str(tmp_path / "feed.jsonl.gz")
    assert ask(broker, "record", file, "--for", "1s", "--topic", "#") == {"recorded": 0}
    result = run(broker, "record", file, "--for", "1s")
    assert result.stdout.startswith("recorded 0 messages in ")


def test_a_series_is_published_with_its_truth(broker: Mosquitto, tmp_path: Path) -> None:
    """Each row is a message, moved by weeks; duplicates are counted as such."""
    file, truth = tmp_path / "air.csv", tmp_path / "truth.json"
    file.write_text("ts_utc,pm10_teom_ug_m3,pm25_ug_m3\n2026-02-02T10:00Z,10,\n")
    words = ["replay", str(file), "--as", "marylebone", "--speed", "max", "--weeks", "now"]
    told = ask(broker, *words, "--fault", "duplicate=1.0", "--truth", str(truth))
    assert (told["published"], told["stored"], told["duplicates"]) == (2, 1, 1)
    assert json.loads(truth.read_text())["series"][0]["property"] == "pm10"


def test_a_series_with_a_wrong_cell_is_said(broker: Mosquitto, tmp_path: Path) -> None:
    """The mistake is found on the way, and named."""
    file = tmp_path / "air.csv"
    file.write_text("ts_utc,pm10_teom_ug_m3,pm25_ug_m3\n2026-02-02T10:00Z,10,\nsoon,1,1\n")
    result = run(broker, "replay", str(file), "--as", "marylebone", "--speed", "max")
    assert result.exit_code == 1
    assert "air.csv:3: 'soon' is not a time" in result.output


class Terminal(StringIO):
    """A standard error that a person looks at."""

    def isatty(self) -> bool:
        """Say that it is one."""
        return True


def test_a_person_sees_how_far_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    """On a terminal one line is rewritten, with a bar when the end is known."""
    terminal = Terminal()
    monkeypatch.setattr("sys.stderr", terminal)
    tell = Reporter(None, until=200.0)
    tell(Standing("live", 5, 100.0))
    tell(Standing("stopped", 10, 200.0))
    lines = terminal.getvalue().split("\r\x1b[K")[1:]
    assert lines[0] == "live: [........................] 0 %, 5 messages, at 1970-01-01 00:01:40"
    assert lines[1].startswith("stopped: [########################] 100 %, 10 messages, ")
    assert lines[1].endswith("\n")
    Reporter(None)(Standing("stopped", 1, 0.0))
    assert terminal.getvalue().endswith("stopped: 1 messages, at 1970-01-01 00:00:00\n")


def test_a_series_goes_on_where_it_stopped(broker: Mosquitto, tmp_path: Path) -> None:
    """The next run publishes the rest, and its truth is of both."""
    file, truth = tmp_path / "air.csv", tmp_path / "truth.json"
    position = tmp_path / "position.json"
    rows = [f"2026-02-02T{hour:02}:00Z,{hour}," for hour in range(10, 15)]
    file.write_text("\n".join(["ts_utc,pm10_teom_ug_m3,pm25_ug_m3", *rows]) + "\n")
    words = ["replay", str(file), "--as", "marylebone", "--speed", "max"]
    words += ["--position", str(position), "--truth", str(truth)]
    position.write_text('{"published": 2}')
    told = ask(broker, *words, "--progress", str(tmp_path / "progress.json"))
    assert told["published"] == 5
    assert json.loads(position.read_text()) == {"published": 5}
    first = json.loads(truth.read_text())
    assert first["series"][0]["readings"] == 5
    assert ask(broker, *words)["published"] == 5
    assert json.loads(truth.read_text()) == first


def test_verify_wants_a_truth_file(tmp_path: Path) -> None:
    """Another JSON is not one."""
    file = tmp_path / "truth.json"
    file.write_text('{"published": 1}')
    result = runner.invoke(app, ["verify", str(file)])
    assert result.exit_code == 2
    assert "is not a truth file, it lacks alerts, series" in result.output


def test_verify_tells_a_person(tmp_path: Path, simulation_dsn: str) -> None:
    """One line a difference and their number, or that there is none."""
    file, url = tmp_path / "truth.json", database_url(simulation_dsn)
    nothing = {"published": 0, "stored": 0, "duplicates": 0, "uplinks": 0, "by_reason": {}}
    file.write_text(json.dumps({**nothing, "series": [], "alerts": []}))
    result = runner.invoke(app, ["verify", str(file), "--database-url", url])
    assert (result.exit_code, result.stdout) == (0, "differences: none\n")
    file.write_text(json.dumps({**nothing, "stored": 3, "series": [], "alerts": []}))
    result = runner.invoke(app, ["verify", str(file), "--database-url", url])
    assert result.exit_code == 1
    assert result.stdout.splitlines() == [
        "messages stored: 0 in the database, 3 expected",
        "differences: 1",
    ]
