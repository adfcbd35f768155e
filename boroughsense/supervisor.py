"""What systemd is told (sd_notify): that we are up, that we are alive, that we stop."""

import os
import socket
from time import monotonic


class Supervisor:
    """The supervisor that started us, if one wants to be told.

    Args:
        address: systemd's NOTIFY_SOCKET: a path, or `@` and an abstract name; empty: nobody asks.
        watchdog_seconds: how often it wants a sign of life; 0: never.
    """

    def __init__(self, address: str, watchdog_seconds: float) -> None:
        self._address = "\0" + address[1:] if address.startswith("@") else address
        self._every = watchdog_seconds / 2
        self._last = 0.0

    @classmethod
    def of_this_process(cls) -> "Supervisor":
        """Read from the environment who supervises us."""
        microseconds = os.environ.get("WATCHDOG_USEC", "0")
        wanted = int(microseconds) if microseconds.isdecimal() else 0
        return cls(os.environ.get("NOTIFY_SOCKET", ""), wanted / 1_000_000)

    def ready(self) -> None:
        """Tell that the service is up."""
        self._send("READY=1")

    def stopping(self) -> None:
        """Tell that the service is about to end."""
        self._send("STOPPING=1")

    def pulse(self) -> None:
        """Tell that the service is alive, as often as is wanted."""
        now = monotonic()
        if self._every and now - self._last >= self._every:
            self._last = now
            self._send("WATCHDOG=1")

    def _send(self, state: str) -> None:
        if not self._address:
            return
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as line:
            try:
                line.sendto(state.encode(), self._address)
            except OSError:
                self._address = ""
