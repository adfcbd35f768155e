"""Ask once whether a broker is there and takes us, before the service starts."""

import threading

from paho.mqtt.client import Client
from paho.mqtt.reasoncodes import ReasonCode

from ingest.mqtt import make_client
from ingest.session import BrokerAddress


class BrokerRefused(Exception):
    """The broker is not there, or does not take us; the message is one sentence."""


def probe(address: BrokerAddress, *, timeout: float = 5.0) -> None:
    """Connect and leave again, under a client id of the moment.

    Raises:
        BrokerRefused: nobody answers at the address, or not in MQTT 5, or we may not enter.
    """
    answered = threading.Event()
    answers: list[ReasonCode] = []

    def connected(
        client: Client, _userdata: object, _flags: object, code: ReasonCode, _properties: object
    ) -> None:
        answers.append(code)
        client.disconnect()
        answered.set()

    try:
        client = make_client(address)
        client.on_connect = connected
        client.connect_timeout = timeout
        client.connect(address.host, address.port)
    except (OSError, ValueError) as error:
        raise BrokerRefused(f"no broker answers at {address}: {error}") from error
    client.loop_start()
    answered.wait(timeout)
    client.loop_stop()
    if not answers:
        raise BrokerRefused(f"{address} answers, but does not speak MQTT 5")
    if answers[0].is_failure:
        raise BrokerRefused(f"{address} refused the connection: {answers[0]}")
