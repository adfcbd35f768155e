"""What the commands that publish have in common: the broker, the speed, stopping, telling."""

import json
import os
import sys
import time
from pathlib import Path
from threading import Event, Timer
from typing import TYPE_CHECKING

import typer

from boroughsense import options, stopping
from boroughsense.progress import Progress
from boroughsense.settings import broker_address

if TYPE_CHECKING:
    from boroughsense.replay_note import Note
    from simulators.pace import Run, Standing
    from simulators.publisher import MessageT, Target

_FASTEST = 1_000_000


def target(url: str) -> "Target":
    """Give the broker of the settings as the simulators name it."""
    from simulators.publisher import Target

    address = broker_address(url)
    return Target(
        address.host,
        address.port,
        tls=address.tls,
        username=address.username,
        password=address.password,
    )


def publish(
    run: "Run[MessageT]", broker: "Target", origin: str, stop: Event, tell: "Reporter"
) -> dict[str, object]:
    """Publish a run until its end or until `stop`, and give what was sent; 1 when that fails."""
    from simulators.publisher import BrokerAway, Publisher, PublishRefused
    from simulators.recording import RecordingWrong
    from simulators.series import SeriesWrong

    publisher = Publisher(broker, origin, run.safe)
    wrong = (BrokerAway, PublishRefused, RecordingWrong, SeriesWrong, OSError)
    with options.said(*wrong), publisher:
        sent = run.run(publisher, stop, tell)
    return {**sent, "repeated": publisher.repeated}


def speed(text: str) -> float | None:
    """Read a speed; None for `max`."""
    if text == "max":
        return None
    try:
        number = float(text)
    except ValueError:
        number = 0.0
    if not 0.001 <= number <= _FASTEST:
        raise typer.BadParameter(f"{text!r} is not a speed: a number above 0, or max")
    return number


def stop_event(wall: str | None, *, with_parent: bool) -> Event:
    """Give an event that is set by Ctrl-C, by SIGTERM, and after so much wall-clock time."""
    stop = Event()
    stopping.on_signals(stop.set)
    if with_parent:
        stopping.with_parent(stop.set)
    if wall:
        timer = Timer(options.duration(wall).total_seconds(), stop.set)
        timer.daemon = True
        timer.start()
    return stop


def write(file: Path, document: dict[str, object]) -> None:
    """Write a JSON file at once: whoever reads it finds the old one or the new one, whole."""
    part = file.with_name(f"{file.name}.part")
    part.write_text(json.dumps(document, allow_nan=False), encoding="utf-8")
    os.replace(part, file)  # noqa: PTH105 - the same on every platform


class Reporter:
    """Tells where a run is: in a file for a program, on the terminal for a person.

    Args:
        file: rewritten whole each time; None: no file.
        until: Unix time at which the run will end; None when nobody knows.
        note: takes how many messages were published, and how much is done, from 0 to 1.
    """

    def __init__(
        self, file: Path | None, *, until: float | None = None, note: "Note | None" = None
    ) -> None:
        self._file = file
        self._note = note
        self._progress = Progress(until)

    def __call__(self, standing: "Standing") -> None:
        """Tell it."""
        from simulators.radio import moment

        if self._file is not None:
            document: dict[str, object] = {
                "published": standing.published,
                "phase": standing.phase,
                "simulated_time": moment(standing.simulated_time).isoformat(),
            }
            write(self._file, document)
        if self._note is not None:
            self._note(standing.published, self._progress.share(standing.simulated_time))
        if sys.stderr.isatty():
            sys.stderr.write(f"\r\x1b[K{self._progress.line(standing, time.monotonic())}")
            sys.stderr.write("\n" if standing.phase == "stopped" else "")
            sys.stderr.flush()
