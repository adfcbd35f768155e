"""Subcommands of ours as children: what they log goes to a file, and they end when we do.

Each child has a pipe from us on standard input: when it closes, because we stopped or were killed,
the child stops cleanly (`boroughsense.stopping.with_parent`). So nothing is left running.
"""

import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

END_SECONDS = 15
"""How long a child may take to stop by itself."""


class ChildFailed(Exception):
    """A child ended that should not have; the message holds its last words."""


class Child:
    """A running subcommand.

    Args:
        process: the child, with a pipe on its standard input.
        name: what it is called in a message.
        log: the file that it logs to.
    """

    def __init__(self, process: subprocess.Popen[bytes], name: str, log: Path) -> None:
        self._process = process
        self.name = name
        self.log = log

    @property
    def pid(self) -> int:
        """Its process id."""
        return self._process.pid

    @property
    def code(self) -> int | None:
        """Its exit code; None while it runs."""
        return self._process.poll()

    def check(self) -> None:
        """Raise ChildFailed when it has ended with anything but 0."""
        if self.code:
            raise ChildFailed(f"the {self.name} ended with {self.code}: {self.last_words()}")

    def said(self, words: str) -> bool:
        """Say whether its log holds the words."""
        return words.encode() in self.log.read_bytes()

    def last_words(self) -> str:
        """Give the end of its log."""
        lines = self.log.read_text(errors="replace").strip().splitlines()
        return " | ".join(lines[-3:]) or "it said nothing"

    def end(self) -> None:
        """Ask it to stop, and wait; end it when it takes too long."""
        if self._process.stdin and not self._process.stdin.closed:
            self._process.stdin.close()
        try:
            self._process.wait(timeout=END_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()


@contextmanager
def child(
    name: str, *arguments: str, environment: Mapping[str, str], folder: Path
) -> Iterator[Child]:
    """Run a subcommand of ours until the block ends.

    Args:
        name: what it is called in messages; its log is `<name>.log` in the folder.
        arguments: the subcommand with its options.
        environment: settings over those of our own environment.
        folder: where the log goes.
    """
    log = folder / f"{name}.log"
    with log.open("wb") as sink:
        process = subprocess.Popen(
            [sys.executable, "-m", "boroughsense", *arguments, "--exit-with-parent"],
            stdin=subprocess.PIPE,
            stdout=sink,
            stderr=sink,
            env={**os.environ, **environment},
            start_new_session=True,
        )
    running = Child(process, name, log)
    try:
        yield running
    finally:
        running.end()
