"""The evaluation in a process of its own: started again when it ends, and gone when we are."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from time import monotonic, sleep

import pytest

from ingest import evaluation_process
from ingest.evaluation_process import EvaluationProcess
from ingest.exit_code import ExitCode

WORKS = """
import sys
print('{"evaluator": {"lag": 5.0, "problem": ""}, "notifier": {"lag": 0.0, "problem": "tired"}}')
sys.stdout.flush()
"""
WAITS = WORKS + "sys.stdin.read()"
"""A process that says how it is, and ends with its parent"""


@contextmanager
def running(program: str) -> Iterator[EvaluationProcess]:
    """Run a program as the evaluation until the block ends."""
    process = EvaluationProcess([sys.executable, "-c", program], {}, ("evaluator", "notifier"))
    process.start()
    try:
        yield process
    finally:
        process.join(10)


def wait_until_heard(process: EvaluationProcess) -> None:
    """Wait until it has said how it is."""
    deadline = monotonic() + 60
    while process.parts[1].problem() != "tired":
        assert monotonic() < deadline
        sleep(0.01)


def test_it_is_as_it_says(monkeypatch: pytest.MonkeyPatch) -> None:
    """Its lag and its problems are those that it tells, for each loop; old news is a problem."""
    with running(WAITS) as process:
        wait_until_heard(process)
        evaluator, notifier = process.parts
        assert (evaluator.name, evaluator.problem()) == ("evaluator", "")
        assert 5 <= evaluator.lag() < 15
        assert notifier.lag() < 10
        monkeypatch.setattr(evaluation_process, "_SILENT_SECONDS", 0.0)
        assert evaluator.problem() == "its process says nothing"
    assert not process.alive
    assert process.process_id is None


def test_one_that_ends_is_started_again(monkeypatch: pytest.MonkeyPatch) -> None:
    """However it ends, it is started again, and told as not well until it says something."""
    monkeypatch.setattr(evaluation_process, "BACK_OFF", (0.0, 0.01))
    with running(WORKS + "sys.exit(4)") as process:
        deadline = monotonic() + 60
        while process.restarts < 3:
            assert monotonic() < deadline
            sleep(0.01)
        assert process.alive
    assert not process.failure


def test_one_that_a_person_must_mend_is_not_started_again() -> None:
    """A database that is not laid out for it ends it for good, and the service with it."""
    with running(f"import sys; sys.exit({ExitCode.WRONG_SCHEMA.value})") as process:
        deadline = monotonic() + 60
        while process.alive:
            assert monotonic() < deadline
            sleep(0.01)
        assert process.failure
        assert process.restarts == 0
        assert process.parts[0].problem() == "its process says nothing"


def test_one_that_does_not_end_is_killed() -> None:
    """It has so long to end when it is told to, no longer."""
    with running(WORKS + "import time; time.sleep(100)") as process:
        wait_until_heard(process)
        began = monotonic()
        process.join(0.2)
        assert not process.alive
        assert monotonic() - began < 10
