"""paho-mqtt's own words, in one place: how a client is made, what it asks for and acknowledges."""

import struct
from collections.abc import Sequence

from paho.mqtt.client import Client
from paho.mqtt.enums import CallbackAPIVersion, MessageType, MQTTProtocolVersion
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties
from paho.mqtt.subscribeoptions import SubscribeOptions

from ingest.session import BrokerAddress, Session

QOS_1 = 1
_PUBACK = struct.Struct("!BBH")
"""Kind, length of the rest, packet id (MQTT 5, section 3.4; the reason 0 may be left out)"""
TAKEN_OVER = 142
"""MQTT 5 reason code: another client has connected with our client id"""


def make_client(address: BrokerAddress) -> Client:
    """Make a client for a broker, not yet connected, under a client id of the moment.

    Raises:
        OSError: the certificates of this machine cannot be read (`mqtts` only).
    """
    client = Client(CallbackAPIVersion.VERSION2, protocol=MQTTProtocolVersion.MQTTv5)
    set_address(client, address)
    return client


def set_address(client: Client, address: BrokerAddress) -> None:
    """Tell a client as whom to speak, and whether in secret.

    Raises:
        OSError: the certificates of this machine cannot be read (`mqtts` only).
    """
    client.username_pw_set(address.username, address.password)
    if address.tls:
        client.tls_set()


def connect_properties(session: Session) -> Properties:
    """Ask to keep the session, and for no more than so many messages at once."""
    properties = Properties(PacketTypes.CONNECT)
    properties.SessionExpiryInterval = session.expiry_seconds
    properties.ReceiveMaximum = session.receive_maximum
    return properties


def disconnect_properties(session: Session) -> Properties:
    """Ask to keep the session."""
    properties = Properties(PacketTypes.DISCONNECT)
    properties.SessionExpiryInterval = session.expiry_seconds
    return properties


def granted_expiry(properties: Properties | None, asked: int) -> int:
    """Tell for how many seconds the broker keeps the session: as asked, unless it says so."""
    return int(getattr(properties, "SessionExpiryInterval", asked))


def subscription(topic: str) -> tuple[str, SubscribeOptions]:
    """Ask for QoS 1, and for retained messages only of states: of an event they are not news."""
    handling = (
        SubscribeOptions.RETAIN_SEND_ON_SUBSCRIBE
        if "/state/" in topic
        else SubscribeOptions.RETAIN_DO_NOT_SEND
    )
    return topic, SubscribeOptions(qos=QOS_1, retainHandling=handling)


def acknowledge(client: Client, packet_ids: Sequence[int]) -> None:
    """Send a PUBACK for each message, in order, in one go.

    The library's own `ack` wakes its thread and makes a system call for each, which costs more than
    all else that is done with a message there.
    """
    packets = b"".join(_PUBACK.pack(MessageType.PUBACK, 2, number) for number in packet_ids)
    client._packet_queue(MessageType.PUBACK, packets, 0, QOS_1)  # noqa: SLF001 - see above
