"""Children of the demo end when it does."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from boroughsense.processes import Child, ChildFailed, child

_WAITER = "import sys; sys.stdin.read(); print('bye')"


def _child(tmp_path: Path, script: str) -> Child:
    log = tmp_path / "x.log"
    with log.open("wb") as sink:
        process = subprocess.Popen(
            [sys.executable, "-c", script], stdin=subprocess.PIPE, stdout=sink, stderr=sink
        )
    return Child(process, "waiter", log)


def test_child_ends_when_its_pipe_closes(tmp_path: Path) -> None:
    """A child that is asked to end says its last words and ends with 0."""
    running = _child(tmp_path, _WAITER)
    assert not running.said("bye")
    running.end()
    running.check()
    assert (running.code, running.said("bye"), running.last_words()) == (0, True, "bye")


def test_child_that_fails_is_told_with_its_last_words(tmp_path: Path) -> None:
    """A child that ended with a fault is one sentence."""
    running = _child(tmp_path, "print('no broker'); raise SystemExit(3)")
    running.end()
    with pytest.raises(ChildFailed, match="the waiter ended with 3: no broker"):
        running.check()


def test_child_that_will_not_stop_is_killed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A child that takes too long is ended."""
    monkeypatch.setattr("boroughsense.processes.END_SECONDS", 0.2)
    running = _child(tmp_path, "import time; time.sleep(60)")
    running.end()
    assert running.code == -signal.SIGKILL
    assert running.last_words() == "it said nothing"


def test_subcommand_ends_with_wrong_use(tmp_path: Path) -> None:
    """A subcommand is started with its log in the folder, and waited for."""
    with child("nothing", "no-such-command", environment={}, folder=tmp_path) as running:
        deadline = time.monotonic() + 20
        while running.code is None and time.monotonic() < deadline:
            time.sleep(0.05)
        assert running.code == 2
    assert "No such command" in (tmp_path / "nothing.log").read_text()
    assert os.environ.get("BOROUGHSENSE_MODE") is None
