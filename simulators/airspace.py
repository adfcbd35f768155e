"""The fleet as a network server's gateways hear it: LoRaWAN frames over the Semtech protocol.

A device joins before its first frame, which is the one thing that is waited for. Receive windows
are kept by the gateways' counters, as in class A: a downlink is heard by the device that spoke
exactly its delay before, whatever the wall's clock says, so that a month can pass in a minute.
"""

import select
import time
from collections import Counter, OrderedDict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from threading import Event
from types import TracebackType
from typing import Self

from simulators.device import Frame, Join
from simulators.end_device import EndDevice
from simulators.lorawan import Data
from simulators.on_air import OnAir
from simulators.packet_forwarder import TICKS, Forwarder, Received, ServerAway, ToSend
from simulators.radio import Gateway, moment

_SECOND = 1_000_000
_LONGEST_WINDOW = 16
"""seconds: the second window when the first one is at its latest"""
_REMEMBERED = 20_000
"""transmissions to which an answer may still come"""
_WINDOW = 32
"""datagrams of one gateway on their way to the server at most"""
_PULL_EVERY = 5.0
_REPORT_EVERY = 30.0


class NotAdmitted(Exception):
    """The network server lets none of the devices in."""


@dataclass(frozen=True, slots=True)
class Patience:
    """Seconds of the wall's clock for which something of the server's is waited."""

    pull: float = 5.0
    join: float = 2.5
    push: float = 0.5
    attempts: int = 2
    """of a device to join"""


@dataclass(slots=True)
class Tally:
    """What happened."""

    joins: int = 0
    uplinks: int = 0
    confirmed: int = 0
    answered: int = 0
    """confirmed uplinks whose answer the device heard"""
    downlinks: int = 0
    """that a device heard and believed"""
    unheard: int = 0
    """that no device heard: outside its windows, not for it, or not authentic"""
    refused: int = 0
    """transmissions of devices that were not let in"""


def ignore(_sent: OnAir, _frame: Frame) -> None:
    """Do nothing about an uplink."""


class Airspace:
    """Gateways and devices around one network server; a sink of transmissions.

    Args:
        gateways: where they are, and when they are away.
        devices: everything that speaks.
        server: host and port of the network server's gateway bridge.
        patience: for how long it is waited for.
        on_uplink: called with each data frame that gateways have told the server.
    """

    def __init__(
        self,
        gateways: Sequence[Gateway],
        devices: Iterable[EndDevice],
        server: tuple[str, int],
        patience: Patience | None = None,
        *,
        on_uplink: Callable[[OnAir, Frame], None] = ignore,
    ) -> None:
        self.tally = Tally()
        self._on_uplink = on_uplink
        self._gateways = gateways
        self._devices = {device.dev_eui: device for device in devices}
        self._server = server
        self._patience = patience or Patience()
        self._forwarders: dict[str, Forwarder] = {}
        self._windows: OrderedDict[tuple[str, int], EndDevice] = OrderedDict()
        self._unanswered: Counter[str] = Counter()
        self._outside: set[str] = set()
        self._pulled = self._reported = -_REPORT_EVERY
        self._now = 0.0

    def __enter__(self) -> Self:
        """Say that the gateways are there; ServerAway when nobody answers."""
        try:
            self._open()
        except (OSError, ServerAway) as error:
            self._close()
            raise ServerAway(f"{self._server[0]}:{self._server[1]}: {error}") from error
        return self

    def _open(self) -> None:
        for gateway in self._gateways:
            self._forwarders[gateway.gateway_id] = Forwarder(gateway.gateway_id, self._server)
        self._keep_alive()
        deadline = time.monotonic() + self._patience.pull
        while not all(forwarder.pulled for forwarder in self._forwarders.values()):
            if time.monotonic() > deadline:
                raise ServerAway("nobody answers")
            self._listen(0.1)

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Close the gateways' sockets."""
        self._close()

    def publish(self, message: OnAir, stop: Event) -> bool:
        """Send a transmission; False when `stop` was set before.

        Raises:
            NotAdmitted: no device at all is let in.
            ServerAway: nobody is at the server's address any more.
        """
        if stop.is_set():
            return False
        device = self._devices[message.member.identity.dev_eui]
        if isinstance(message.spoken, Join) and not message.spoken.accepted:
            return True
        if isinstance(message.spoken, Join) or not device.joined:
            self._join(device, message, stop)
        if not device.joined:
            self.tally.refused += 1
        elif isinstance(message.spoken, Frame):
            self._uplink(device, message, message.spoken)
        self._now = message.due
        self.land()
        return True

    def land(self) -> None:
        """Take what has come meanwhile, and keep the gateways' paths open."""
        self._keep_alive()
        self._listen(0.0)

    def settle(self, seconds: float) -> int:
        """Wait for acknowledgements and answers; give how many datagrams have none."""
        deadline = time.monotonic() + seconds
        while (self._waiting or self._unanswered.total()) and time.monotonic() < deadline:
            self._listen(0.05)
        return self._waiting

    @property
    def _waiting(self) -> int:
        return sum(forwarder.count.waiting for forwarder in self._forwarders.values())

    def _join(self, device: EndDevice, message: OnAir, stop: Event) -> None:
        """Let a device join, if its server lets it: once refused it is not tried again."""
        if device.dev_eui in self._outside:
            return
        for attempt in range(self._patience.attempts):
            ticks = _ticks(message.due) + attempt * 10 * _SECOND
            self._send(device, device.join_request(), message, ticks)
            deadline = time.monotonic() + self._patience.join
            while not (device.joined or stop.is_set()) and time.monotonic() < deadline:
                self._listen(0.05)
            self.tally.joins += device.joined
            if device.joined or stop.is_set():
                return
        self._outside.add(device.dev_eui)
        if not self.tally.joins:
            raise NotAdmitted(
                f"the network server does not let {device.dev_eui} join: "
                "provision the scenario, with the same seed, before each run"
            )

    def _uplink(self, device: EndDevice, message: OnAir, said: Frame) -> None:
        frame = device.uplink(said.f_port, said.payload, confirmed=said.confirmed)
        self.tally.uplinks += 1
        if said.confirmed:
            self.tally.confirmed += 1
            self._unanswered[device.dev_eui] += 1
        self._send(device, frame, message, _ticks(message.due))
        self._on_uplink(message, said)

    def _send(self, device: EndDevice, frame: bytes, message: OnAir, ticks: int) -> None:
        """Let every gateway that heard a frame tell the server."""
        heard = message.heard
        for copy in heard.receptions:
            forwarder = self._forwarders[copy.gateway_id]
            self._make_room(forwarder)
            self._windows[copy.gateway_id, ticks % TICKS] = device
            received = Received(
                frame,
                ticks,
                heard.frequency,
                heard.spreading_factor,
                copy.rssi or 0,
                copy.snr or 0.0,
                copy.gateway_time,
            )
            forwarder.push([received])
        while len(self._windows) > _REMEMBERED:
            self._windows.popitem(last=False)

    def _make_room(self, forwarder: Forwarder) -> None:
        deadline = time.monotonic() + self._patience.push
        while forwarder.count.waiting >= _WINDOW:
            if time.monotonic() > deadline:
                forwarder.count.lost += forwarder.count.waiting
                return
            self._listen(0.02)

    def _keep_alive(self) -> None:
        """Pull and report by the wall's clock, as far as the gateways are up."""
        now = time.monotonic()
        up = [gateway for gateway in self._gateways if gateway.hears(self._now)]
        if now - self._pulled >= _PULL_EVERY:
            self._pulled = now
            for gateway in up:
                self._forwarders[gateway.gateway_id].pull()
        if self._now and now - self._reported >= _REPORT_EVERY:
            self._reported = now
            for gateway in up:
                place = gateway.position
                self._forwarders[gateway.gateway_id].report(
                    moment(self._now), place.latitude, place.longitude
                )

    def _listen(self, seconds: float) -> None:
        ready, _, _ = select.select(list(self._forwarders.values()), [], [], seconds)
        for forwarder in ready:
            for wanted in forwarder.receive():
                self._air(forwarder, wanted)

    def _air(self, forwarder: Forwarder, wanted: ToSend) -> None:
        """Send a downlink: the device whose window it is hears it, if it is for it."""
        forwarder.answer(wanted, "NONE")
        device = self._listener(forwarder.gateway_id, wanted.ticks)
        heard = device.hear(wanted.frame) if device is not None else None
        if device is None or heard is None:
            self.tally.unheard += 1
            return
        self.tally.downlinks += 1
        if isinstance(heard, Data) and heard.ack and self._unanswered[device.dev_eui]:
            self._unanswered[device.dev_eui] -= 1
            self.tally.answered += 1

    def _listener(self, gateway_id: str, ticks: int | None) -> EndDevice | None:
        """Give the device that listens at a time of a gateway's counter; at once: nobody."""
        if ticks is None:
            return None
        for delay in range(1, _LONGEST_WINDOW + 1):
            device = self._windows.get((gateway_id, (ticks - delay * _SECOND) % TICKS))
            if device is not None and delay in device.windows:
                return device
        return None

    def _close(self) -> None:
        for forwarder in self._forwarders.values():
            forwarder.close()


def _ticks(simulated: float) -> int:
    return round(simulated * _SECOND)
