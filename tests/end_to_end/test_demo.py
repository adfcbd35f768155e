"""The demo, as the README has it."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

COMMAND = [sys.executable, "-m", "boroughsense", "demo"]


def _environment(home: Path) -> dict[str, str]:
    kept = {name: v for name, v in os.environ.items() if not name.startswith("BOROUGHSENSE_")}
    return {**kept, "HOME": str(home)}


def test_demo_accounts_for_everything(tmp_path: Path) -> None:
    """All that was published is stored, refused or a duplicate, and the alerts are as predicted."""
    done = subprocess.run(
        [*COMMAND, "--for", "20s", "--scenario", "quiet_day", "--json"],
        capture_output=True,
        text=True,
        check=False,
        timeout=240,
        cwd=tmp_path,
        env=_environment(tmp_path),
    )
    assert done.returncode == 0, done.stderr
    closing = json.loads(done.stdout)
    account = closing["account"]
    sum_of_all = account["stored"] + account["refused"] + account["duplicates"]
    assert account["published"] == sum_of_all
    assert min(account.values()) > 0, account
    assert closing["agrees"]
    assert closing["alerts_predicted"] > 0
    assert closing["alerts_as_predicted"] == closing["alerts_predicted"] <= closing["alerts"]
    assert closing["alerts_unpredicted"] == 0


def test_interrupted_demo_leaves_nothing_running(tmp_path: Path) -> None:
    """Ctrl-C ends the demo with its account, and no process of it is left."""
    demo = subprocess.Popen(
        COMMAND,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        cwd=tmp_path,
        env=_environment(tmp_path),
        start_new_session=True,
    )
    try:
        assert demo.stderr is not None
        for line in demo.stderr:
            if "published" in line and not line.startswith("starting"):
                break
        children = _children(demo.pid)
        demo.send_signal(signal.SIGINT)
        out, err = demo.communicate(timeout=120)
    except BaseException:
        os.killpg(demo.pid, signal.SIGKILL)  # or a borough would run until the machine is off
        demo.wait()
        raise
    assert demo.returncode == 0, err
    assert "published" in out
    assert len(children) >= 2
    deadline = time.monotonic() + 10
    while any(map(_runs, children)) and time.monotonic() < deadline:
        time.sleep(0.1)
    assert not any(map(_runs, children))


def _children(parent: int) -> list[int]:
    told = subprocess.run(
        ["ps", "-o", "pid=", "--ppid", str(parent)], capture_output=True, text=True, check=False
    )
    return [int(pid) for pid in told.stdout.split()]


def _runs(pid: int) -> bool:
    try:
        return "Z" not in Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0]
    except OSError:
        return False
