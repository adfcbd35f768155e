"""A scenario's borough in a ChirpStack v4: tenant, applications, profiles, gateways, devices, keys.

What is there already is brought up to date, so that the same scenario can be provisioned before
every run. That is needed, too: a device counts its join nonces from 0 in every run, and a network
server refuses those that it has seen until they are flushed.
"""

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from datetime import timedelta
from typing import Protocol, TypeVar
from urllib.parse import urlsplit

import grpc
from chirpstack_api import api, common

from simulators.end_device import JOIN_EUI, app_key
from simulators.fleet import Fleet
from simulators.identity import Identity
from simulators.radio import Gateway

_PAGE = 100
_SECONDS = 10.0
_STATS_SECONDS = 30
_AnswerT = TypeVar("_AnswerT")


class ServerRefuses(Exception):
    """The network server does not do what it is asked, or is not there."""


class _Found(Protocol):
    """An entry of a list: what every kind has."""

    id: str
    name: str


class _List(Protocol):
    """The answer to a list request."""

    total_count: int
    result: Sequence[_Found]


class _Asked(Protocol):
    """A list request."""

    offset: int


@dataclass(slots=True)
class Made:
    """How much of what there is now."""

    tenant_id: str = ""
    applications: int = 0
    profiles: int = 0
    gateways: int = 0
    devices: int = 0

    def document(self) -> dict[str, object]:
        """Give it as JSON."""
        return asdict(self)


def channel(url: str) -> grpc.Channel:
    """Open a channel to an API address, `http://host:8080` or `https://...`; ValueError."""
    parts = urlsplit(url)
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        raise ValueError(f"{url!r} is not an API address: write http://127.0.0.1:8080")
    if parts.scheme == "https":
        address = f"{parts.hostname}:{parts.port or 443}"
        return grpc.secure_channel(address, grpc.ssl_channel_credentials())
    return grpc.insecure_channel(f"{parts.hostname}:{parts.port or 8080}")


class Provisioner:
    """One connection with one API key.

    Args:
        opened: the channel.
        token: an API key: a global admin's, or with `tenant_id` that tenant's.
    """

    def __init__(self, opened: grpc.Channel, token: str) -> None:
        self._metadata = (("authorization", f"Bearer {token}"),)
        self._tenants = api.TenantServiceStub(opened)
        self._applications = api.ApplicationServiceStub(opened)
        self._profiles = api.DeviceProfileServiceStub(opened)
        self._gateways = api.GatewayServiceStub(opened)
        self._devices = api.DeviceServiceStub(opened)

    def provision(
        self, fleet: Fleet, seed: int, *, tenant: str = "Borough", tenant_id: str | None = None
    ) -> Made:
        """Make a fleet, or bring it up to date; the keys are those of the seed.

        Raises:
            ServerRefuses: in one sentence.
        """
        made = Made(tenant_id or self._tenant(tenant))
        for gateway in fleet.gateways:
            self._gateway(made.tenant_id, gateway)
        identities = [member.identity for member in fleet.members]
        applications = {
            name: self._application(made.tenant_id, name)
            for name in sorted({who.application for who in identities})
        }
        profiles: dict[tuple[str, timedelta], str] = {}
        for who in identities:
            kind = who.model, who.interval
            if kind not in profiles:
                profiles[kind] = self._profile(made.tenant_id, who)
            self._device(who, applications[who.application], profiles[kind], seed)
        made.applications, made.profiles = len(applications), len(profiles)
        made.gateways, made.devices = len(fleet.gateways), len(identities)
        return made

    def _tenant(self, name: str) -> str:
        return self._find(
            self._tenants.List, api.ListTenantsRequest(limit=_PAGE, search=name), name
        ) or str(
            self._call(
                self._tenants.Create,
                api.CreateTenantRequest(tenant=api.Tenant(name=name, can_have_gateways=True)),
            ).id
        )

    def _application(self, tenant_id: str, name: str) -> str:
        asked = api.ListApplicationsRequest(limit=_PAGE, search=name, tenant_id=tenant_id)
        application = api.Application(name=name, tenant_id=tenant_id)
        return self._find(self._applications.List, asked, name) or str(
            self._call(
                self._applications.Create, api.CreateApplicationRequest(application=application)
            ).id
        )

    def _profile(self, tenant_id: str, who: Identity) -> str:
        """Give the profile of a model at an interval: its tag names our decoder, no codec runs."""
        seconds = who.interval // timedelta(seconds=1)
        name = f"{who.title} ({seconds} s)"
        asked = api.ListDeviceProfilesRequest(limit=_PAGE, search=name, tenant_id=tenant_id)
        profile = api.DeviceProfile(
            tenant_id=tenant_id,
            name=name,
            region=common.Region.EU868,
            mac_version=common.MacVersion.LORAWAN_1_0_3,
            reg_params_revision=common.RegParamsRevision.A,
            adr_algorithm_id="default",
            payload_codec_runtime=api.CodecRuntime.NONE,
            flush_queue_on_activate=True,
            uplink_interval=seconds,
            supports_otaa=True,
            tags={"decoder": who.model},
        )
        return self._find(self._profiles.List, asked, name) or str(
            self._call(
                self._profiles.Create, api.CreateDeviceProfileRequest(device_profile=profile)
            ).id
        )

    def _gateway(self, tenant_id: str, gateway: Gateway) -> None:
        place = gateway.position
        location = common.Location(
            latitude=place.latitude, longitude=place.longitude, source=common.LocationSource.CONFIG
        )
        entry = api.Gateway(
            gateway_id=gateway.gateway_id,
            name=gateway.name,
            tenant_id=tenant_id,
            location=location,
            stats_interval=_STATS_SECONDS,
        )
        if not self._create(self._gateways.Create, api.CreateGatewayRequest(gateway=entry)):
            self._call(self._gateways.Update, api.UpdateGatewayRequest(gateway=entry))

    def _device(self, who: Identity, application_id: str, profile_id: str, seed: int) -> None:
        entry = api.Device(
            dev_eui=who.dev_eui,
            name=who.name,
            application_id=application_id,
            device_profile_id=profile_id,
            join_eui=JOIN_EUI,
            tags={name: value for name, value in who.tags.items() if name != "decoder"},
        )
        if not self._create(self._devices.Create, api.CreateDeviceRequest(device=entry)):
            self._call(self._devices.Update, api.UpdateDeviceRequest(device=entry))
            self._call(self._devices.FlushDevNonces, api.FlushDevNoncesRequest(dev_eui=who.dev_eui))
        # Of a LoRaWAN 1.0 device the server keeps the AppKey where 1.1 has its NwkKey.
        keys = api.DeviceKeys(dev_eui=who.dev_eui, nwk_key=app_key(seed, who.dev_eui).hex())
        if not self._create(
            self._devices.CreateKeys, api.CreateDeviceKeysRequest(device_keys=keys)
        ):
            self._call(self._devices.UpdateKeys, api.UpdateDeviceKeysRequest(device_keys=keys))

    def _find(self, method: Callable[..., _List], asked: _Asked, name: str) -> str | None:
        """Give the id of the entry of exactly this name, page by page; None when there is none."""
        while True:
            page = self._call(method, asked)
            for entry in page.result:
                if entry.name == name:
                    return entry.id
            asked.offset += _PAGE
            if asked.offset >= page.total_count:
                return None

    def _create(self, method: Callable[..., object], request: object) -> bool:
        """Create something; False when it is there already."""
        try:
            method(request, metadata=self._metadata, timeout=_SECONDS)
        except grpc.RpcError as error:
            if error.code() == grpc.StatusCode.ALREADY_EXISTS:
                return False
            raise _refusal(error) from error
        return True

    def _call(self, method: Callable[..., _AnswerT], request: object) -> _AnswerT:
        try:
            return method(request, metadata=self._metadata, timeout=_SECONDS)
        except grpc.RpcError as error:
            raise _refusal(error) from error


def _refusal(error: grpc.RpcError) -> ServerRefuses:
    return ServerRefuses(f"the network server says {error.code().name}: {error.details()}")
