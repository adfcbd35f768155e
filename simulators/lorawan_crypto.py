"""What protects LoRaWAN 1.0.x frames: AES-CMAC, the payload's cipher, the keys of a session.

Sections are those of the LoRaWAN 1.0.3 specification: 4.3.3 the cipher, 4.4 the integrity code,
6.2.5 the join-accept and the session's keys.
"""

from dataclasses import dataclass, field
from enum import IntEnum

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.cmac import CMAC

MIC_BYTES = 4
BLOCK = 16


class Direction(IntEnum):
    """Which way a frame goes: part of what is authenticated."""

    UP = 0
    DOWN = 1


@dataclass(frozen=True, slots=True)
class SessionKeys:
    """The two keys of a session, 16 bytes each."""

    network: bytes = field(repr=False)
    """NwkSKey: authenticates every frame, and enciphers port 0"""
    application: bytes = field(repr=False)
    """AppSKey: enciphers the other ports"""


@dataclass(frozen=True, slots=True)
class Place:
    """Where in the life of a session a frame stands: no two frames have the same."""

    direction: Direction
    dev_addr: int
    counter: int
    """The full 32 bits, of which the frame carries 16"""

    def block(self, first: int, last: int) -> bytes:
        """Give the block A or B0 of the specification, with its first and its last byte."""
        return (
            bytes([first, 0, 0, 0, 0, self.direction])
            + self.dev_addr.to_bytes(4, "little")
            + self.counter.to_bytes(4, "little")
            + bytes([0, last])
        )


def cmac(key: bytes, message: bytes) -> bytes:
    """Give the AES-CMAC of a message (RFC 4493), 16 bytes."""
    code = CMAC(algorithms.AES(key))
    code.update(message)
    return code.finalize()


def encrypt_blocks(key: bytes, blocks: bytes) -> bytes:
    """Encrypt whole blocks of 16 bytes, each for itself."""
    return Cipher(algorithms.AES(key), modes.ECB()).encryptor().update(blocks)  # noqa: S305 - 4.3.3


def decrypt_blocks(key: bytes, blocks: bytes) -> bytes:
    """Decrypt whole blocks of 16 bytes, each for itself."""
    return Cipher(algorithms.AES(key), modes.ECB()).decryptor().update(blocks)  # noqa: S305 - 6.2.5


def join_mic(key: bytes, message: bytes) -> bytes:
    """Give the integrity code of a join-request or a join-accept."""
    return cmac(key, message)[:MIC_BYTES]


def data_mic(network: bytes, place: Place, message: bytes) -> bytes:
    """Give the integrity code of a data frame, from its header to its payload (4.4)."""
    return cmac(network, place.block(0x49, len(message)) + message)[:MIC_BYTES]


def crypt(key: bytes, place: Place, payload: bytes) -> bytes:
    """Encipher a payload, or decipher it: both are the same (4.3.3)."""
    count = -(-len(payload) // BLOCK)
    stream = encrypt_blocks(key, b"".join(place.block(1, i + 1) for i in range(count)))
    return bytes(a ^ b for a, b in zip(payload, stream, strict=False))


def session_keys(app_key: bytes, app_nonce: int, net_id: int, dev_nonce: int) -> SessionKeys:
    """Derive the keys of a session from a join (6.2.5)."""
    said = (
        app_nonce.to_bytes(3, "little")
        + net_id.to_bytes(3, "little")
        + dev_nonce.to_bytes(2, "little")
        + bytes(7)
    )
    return SessionKeys(
        encrypt_blocks(app_key, b"\x01" + said), encrypt_blocks(app_key, b"\x02" + said)
    )
