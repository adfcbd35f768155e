"""`redecode`, as an operator and a program see it."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner, Result

from boroughsense.commands import redecode
from storage.connection import Connection
from tests.fixtures.service_process import database_url
from tests.ingest.redecoding_world import BEGIN, HOURS, NOW, PROFILE, bound_to, fill, store, uplink

app = typer.Typer()
redecode.register(app)
runner = CliRunner()
Run = Callable[..., Result]
TIMES = ("--since", BEGIN.isoformat(), "--until", NOW.isoformat())


@pytest.fixture
def run(dsn: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Give the command, in a folder whose settings bind the profile to an EM300."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "boroughsense.toml").write_text(f'[decoders]\n"{PROFILE}" = "milesight-em300-th"\n')

    def call(*words: str) -> Result:
        return runner.invoke(app, [*words, "--database-url", database_url(dsn)])

    return call


def test_the_difference_is_shown_and_made(database: Connection, run: Run) -> None:
    """The same figures before and after, by device and property, with examples; then nothing."""
    fill(database, bound_to("elsys-ers"))
    shown = run(*TIMES, "--dry-run", "--json")
    assert shown.exit_code == 0, shown.output
    dry = json.loads(shown.stdout)
    assert (dry["dry_run"], dry["uplinks"], dry["unreadable"], dry["kept"]) == (True, HOURS, {}, {})
    [device] = dry["devices"]
    assert device["dev_eui"] == "02c17a0000000501"
    by_name = {each["property"]: each for each in device["properties"]}
    assert set(by_name["relative_humidity"]) == {
        "property",
        "channel",
        "added",
        "removed",
        "changed",
    }
    assert sum(each["removed"] for each in device["properties"]) == dry["removed"] > 0
    assert len(device["examples"]) == 5
    assert "nothing becomes" in " ".join(device["examples"])
    plain = run(*TIMES, "--dry-run")
    assert "relative_humidity" in plain.stdout
    assert plain.stdout.endswith("changed\na dry run: nothing is changed\n")
    done = json.loads(run(*TIMES, "--json", "--model", "elsys-ers").stdout)
    assert done == {**dry, "dry_run": False}
    assert f"{HOURS} uplinks decoded again: 0 observations added" in run(*TIMES).stdout
    [(actor, model)] = database.execute(
        "select actor, wanted->>'model' from redecode_run order by id limit 1"
    ).fetchall()
    assert (" on " in actor, model) == (True, "elsys-ers")


def test_what_is_not_read_is_told(database: Connection, run: Run) -> None:
    """Payloads that are refused, and devices that nothing is bound to, are told with the reason."""
    store(database, [uplink(1, bytes.fromhex("0100e2"), f_port=5)], bound_to("elsys-ers"))
    told = run(*TIMES).stdout
    assert "02c17a0000000501: 1 not readable, unknown_channel: they give nothing\n" in told
    database.execute("update device set profile = 'nobody knows'")
    told = run(*TIMES).stdout
    assert "02c17a0000000501: 1 left as they are, unknown_device\n" in told


def test_wrong_use(database: Connection, run: Run) -> None:
    """A model that is none is one sentence, exit code 1; a time that is none is wrong use."""
    assert database.info.dbname
    for words in (("--model", "em300"), ("--as", "em300")):
        result = run(*TIMES, *words)
        assert (result.exit_code, result.stdout) == (1, "")
        assert result.stderr.startswith("'em300' is not a model we know")
    assert run("--since", "yesterday").exit_code == 2
