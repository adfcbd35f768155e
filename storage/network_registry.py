"""What the network server knows of its devices: profiles with their codecs, and devices."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256

from storage.connection import Connection, translated
from storage.packing import clean, to_json
from storage.queries import SQL


@dataclass(frozen=True, slots=True)
class Profile:
    """A kind of device, as somebody entered it at the network server."""

    id: str
    tenant_id: str
    """Empty: of all tenants"""
    name: str
    uplink_interval: timedelta | None
    """How often such a device is expected to report; None: nobody said"""
    runtime: str
    """What decodes its payloads there: `none`, `cayenne_lpp`, `js`, or `unknown` to us"""
    script: str
    """The codec's JavaScript; empty when the runtime is another one"""
    tags: Mapping[str, str]

    @property
    def digest(self) -> str:
        """Name the script by what is in it; empty without one."""
        return sha256(self.script.encode()).hexdigest()[:12] if self.script else ""


@dataclass(frozen=True, slots=True)
class NetworkDevice:
    """A device, as somebody entered it at the network server."""

    dev_eui: str
    tenant_id: str
    application_id: str
    application: str
    name: str
    description: str
    profile_id: str
    tags: Mapping[str, str]
    """The application's, the profile's and its own, as they come with its uplinks"""
    last_seen_at: datetime | None


@dataclass(frozen=True, slots=True)
class Snapshot:
    """All that there was at the network server at one time."""

    profiles: Sequence[Profile]
    devices: Sequence[NetworkDevice]
    tenants: Collection[str] | None = None
    """Whose these are; None: everybody's"""


@dataclass(frozen=True, slots=True)
class Synced:
    """What a snapshot changed."""

    profiles: int
    codecs: int
    """How many of the profiles have a JavaScript codec"""
    changed_codecs: tuple[str, ...]
    """The names of the profiles whose codec is another one than before"""
    devices: int
    new_devices: int
    gone_devices: int


@dataclass(frozen=True, slots=True)
class ProfileScript:
    """The JavaScript codec of a device profile."""

    id: str
    name: str
    script: str


def store(connection: Connection, snapshot: Snapshot, at: datetime) -> Synced:
    """Take over what the network server knows, whole or not at all.

    What devices that were heard are called, and their profiles and tags, is set as well, as it were
    with their next uplink.

    Raises:
        DatabaseRefused: a device refers to a profile that is not there.
    """
    with translated(), connection.transaction():
        changed = _put_profiles(connection, snapshot.profiles, at)
        new = _put_devices(connection, snapshot.devices, at)
        told = {"at": at, "tenants": None if snapshot.tenants is None else [*snapshot.tenants]}
        gone = connection.execute(SQL["network_devices_gone"], told).rowcount
        connection.execute(SQL["network_profiles_gone"], told)
        connection.execute(SQL["network_devices_lock"])
        connection.execute(SQL["network_devices_describe"])
    return Synced(
        profiles=len(snapshot.profiles),
        codecs=sum(bool(profile.script) for profile in snapshot.profiles),
        changed_codecs=tuple(changed),
        devices=len(snapshot.devices),
        new_devices=new,
        gone_devices=gone,
    )


def _put_profiles(connection: Connection, profiles: Sequence[Profile], at: datetime) -> list[str]:
    told = {
        "at": at,
        "ids": [clean(profile.id) for profile in profiles],
        "tenants": [clean(profile.tenant_id) for profile in profiles],
        "names": [clean(profile.name) for profile in profiles],
        "intervals": [profile.uplink_interval for profile in profiles],
        "runtimes": [profile.runtime for profile in profiles],
        "scripts": [clean(profile.script) for profile in profiles],
        "digests": [profile.digest for profile in profiles],
        "tags": [to_json(dict(profile.tags)).decode() for profile in profiles],
    }
    changed = connection.execute(SQL["network_codecs_changed"], told).fetchall()
    connection.execute(SQL["network_profiles_put"], told)
    return [name for (name,) in changed]


def _put_devices(connection: Connection, devices: Sequence[NetworkDevice], at: datetime) -> int:
    told = {
        "at": at,
        "dev_euis": [device.dev_eui for device in devices],
        "tenants": [clean(device.tenant_id) for device in devices],
        "application_ids": [clean(device.application_id) for device in devices],
        "applications": [clean(device.application) for device in devices],
        "names": [clean(device.name) for device in devices],
        "descriptions": [clean(device.description) for device in devices],
        "profiles": [clean(device.profile_id) for device in devices],
        "tags": [to_json(dict(device.tags)).decode() for device in devices],
        "seen": [device.last_seen_at for device in devices],
    }
    known = connection.execute(SQL["network_devices_known"], told).fetchone()
    connection.execute(SQL["network_devices_put"], told)
    return len(devices) - (int(known[0]) if known else 0)


def scripts(connection: Connection, name: str) -> list[ProfileScript]:
    """Give the JavaScript codecs of the profiles with a name or an id; the same text once."""
    with translated():
        rows = connection.execute(SQL["network_scripts"], {"name": name})
        return [ProfileScript(*row) for row in rows]
