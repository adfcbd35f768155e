"""How a long-running command is told to stop: by a signal, or by its parent's end."""

import os
import signal
import threading
from collections.abc import Callable
from types import FrameType

_STDIN = 0


def on_signals(stop: Callable[[], None]) -> None:
    """Call `stop` at the first SIGTERM or Ctrl-C; a second Ctrl-C interrupts at once."""

    def handler(number: int, _frame: FrameType | None) -> None:
        signal.signal(number, signal.default_int_handler)
        stop()

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, handler)


def with_parent(stop: Callable[[], None], *, grace: float = 10.0) -> None:
    """Call `stop` when standard input ends, as it does with the parent; then leave after `grace`.

    Args:
        stop: asks for a clean stop.
        grace: seconds until the process ends whatever it is doing.
    """

    def wait() -> None:
        # Not sys.stdin: at our end Python would wait for the lock that its reader holds.
        while os.read(_STDIN, 4096):
            pass
        stop()
        threading.Timer(grace, os._exit, (1,)).run()

    threading.Thread(target=wait, name="parent", daemon=True).start()


def interrupt_on_term() -> None:
    """Let SIGTERM end us as Ctrl-C does: what is open is closed on the way out."""
    signal.signal(signal.SIGTERM, signal.default_int_handler)
