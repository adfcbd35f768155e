"""The soak in its short form: nothing is lost, and each fault is in the books."""

import json
import subprocess
import sys
from pathlib import Path

SCRIPT = Path(__file__).parents[2] / "benchmarks" / "soak.py"


def test_short_soak_loses_nothing() -> None:
    """Published = stored + refused + duplicates, exactly, and memory is read on the way."""
    done = subprocess.run(
        [sys.executable, str(SCRIPT), "--rate", "300", "--for", "3s", "--json"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr + done.stdout
    figures = json.loads(done.stdout)
    assert figures["lost"] == 0
    assert figures["refused"] == {"not_an_event": figures["expected"]["refused"]["not_an_event"]}
    assert figures["duplicates"] > 0
    assert figures["stored"] == figures["expected"]["stored"] > 0
    assert figures["observations"] == 5 * figures["stored"]
    assert figures["hours_pending"] == 0
    assert 20 < figures["memory_mb"]["first"] < 1000
