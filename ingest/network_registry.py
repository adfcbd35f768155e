"""What a ChirpStack v4 server knows of its devices, read through its API; nothing is changed there.

    tenants            those of the key, or the one that is asked for
        applications   with their tags
            devices
    profiles           each with its codec, those that devices refer to too

Reference: network server's notes, section 3. A page of no rows is what a limit of 0 gives, so the
limit is always told; the list of all tenants needs a key of a global administrator.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

import grpc
from chirpstack_api import api

from storage.network_registry import NetworkDevice, Profile, Snapshot

PAGE = 500
"""Rows asked for at a time"""
PATIENCE = 30.0
"""Seconds for each answer"""
_TRIES = 3
"""How often a list is read that changes meanwhile"""
_LARGEST = 64 * 1024 * 1024
"""Bytes of an answer"""
_RUNTIMES = {number: name.lower() for name, number in api.CodecRuntime.items()}


class CannotRead(Exception):
    """The network server cannot be read; the message is one sentence for the operator."""


@dataclass(frozen=True, slots=True)
class Server:
    """A ChirpStack server's API."""

    url: str
    """http://host:port or https://..."""
    token: str
    """An API key; one that may only read is enough"""
    tenant: str = ""
    """The tenant's id; empty: all tenants"""


def snapshot(server: Server) -> Snapshot:
    """Read all profiles and devices.

    Raises:
        CannotRead: the server does not answer, does not take the key, or is no ChirpStack v4.
    """
    if not (server.token.isascii() and server.token.isprintable()):
        raise CannotRead("chirpstack_token is no key: it has characters that no key of an API has")
    with _channel(server.url) as channel:
        return _Walk(server, channel).snapshot()


def _channel(url: str) -> grpc.Channel:
    parts = urlsplit(url)
    is_safe = parts.scheme == "https"
    address = f"{_host(parts.hostname or '')}:{parts.port or (443 if is_safe else 8080)}"
    options = [("grpc.max_receive_message_length", _LARGEST)]
    if is_safe:
        return grpc.secure_channel(address, grpc.ssl_channel_credentials(), options)
    return grpc.insecure_channel(address, options)


def _host(name: str) -> str:
    return f"[{name}]" if ":" in name else name


class _Walk:
    """One reading of everything."""

    def __init__(self, server: Server, channel: grpc.Channel) -> None:
        self._server = server
        self._tenants = api.TenantServiceStub(channel)
        self._applications = api.ApplicationServiceStub(channel)
        self._profiles = api.DeviceProfileServiceStub(channel)
        self._devices = api.DeviceServiceStub(channel)
        self._known: dict[str, Profile] = {}

    def snapshot(self) -> Snapshot:
        """Read everything; of a device that moves meanwhile the last place counts."""
        tenant = self._server.tenant
        tenants = [tenant] if tenant else self._all_tenants()
        devices: dict[str, NetworkDevice] = {}
        for each in tenants:
            for profile in self._profiles_of(each):
                self._profile(profile)
            for application in self._applications_of(each):
                found = self._devices_of(each, application)
                devices.update((device.dev_eui, device) for device in found)
        return Snapshot(
            tuple(self._known.values()), tuple(devices.values()), [tenant] if tenant else None
        )

    def _all_tenants(self) -> list[str]:
        def page(offset: int) -> Any:  # noqa: ANN401 - generated classes have no types
            return self._ask(
                self._tenants.List, api.ListTenantsRequest(limit=PAGE, offset=offset), "tenants"
            )

        return [tenant.id for tenant in _all(page, _id, "tenants")]

    def _profiles_of(self, tenant: str) -> list[str]:
        def page(offset: int) -> Any:  # noqa: ANN401
            asked = api.ListDeviceProfilesRequest(
                limit=PAGE, offset=offset, tenant_id=tenant, tenant_only=True
            )
            return self._ask(self._profiles.List, asked, "device profiles")

        return [profile.id for profile in _all(page, _id, "device profiles")]

    def _applications_of(self, tenant: str) -> list[Any]:
        def page(offset: int) -> Any:  # noqa: ANN401
            asked = api.ListApplicationsRequest(limit=PAGE, offset=offset, tenant_id=tenant)
            return self._ask(self._applications.List, asked, "applications")

        return [
            self._ask(
                self._applications.Get, api.GetApplicationRequest(id=each.id), "an application"
            ).application
            for each in _all(page, _id, "applications")
        ]

    def _devices_of(self, tenant: str, application: Any) -> Iterable[NetworkDevice]:  # noqa: ANN401
        def page(offset: int) -> Any:  # noqa: ANN401
            asked = api.ListDevicesRequest(limit=PAGE, offset=offset, application_id=application.id)
            return self._ask(self._devices.List, asked, "devices")

        for item in _all(page, lambda each: each.dev_eui, "devices"):
            profile = self._profile(item.device_profile_id)
            yield NetworkDevice(
                dev_eui=item.dev_eui.lower(),
                tenant_id=tenant,
                application_id=application.id,
                application=application.name,
                name=item.name,
                description=item.description,
                profile_id=profile.id,
                tags={**application.tags, **profile.tags, **item.tags},
                last_seen_at=_time(item, "last_seen_at"),
            )

    def _profile(self, number: str) -> Profile:
        """Read a profile, unless it is read; one of all tenants is in no tenant's list."""
        if number not in self._known:
            asked = api.GetDeviceProfileRequest(id=number)
            found = self._ask(self._profiles.Get, asked, "a device profile").device_profile
            is_js = found.payload_codec_runtime == api.CodecRuntime.JS
            self._known[number] = Profile(
                id=number,
                tenant_id=found.tenant_id,
                name=found.name,
                uplink_interval=timedelta(seconds=found.uplink_interval) or None,
                runtime=_RUNTIMES.get(found.payload_codec_runtime, "unknown"),
                script=found.payload_codec_script if is_js else "",
                tags=dict(found.tags),
            )
        return self._known[number]

    def _ask(self, method: Callable[..., Any], request: object, what: str) -> Any:  # noqa: ANN401
        key = (("authorization", f"Bearer {self._server.token}"),)
        try:
            return method(request, metadata=key, timeout=PATIENCE)
        except grpc.RpcError as error:
            raise CannotRead(self._sentence(error, what)) from error

    def _sentence(self, error: grpc.RpcError, what: str) -> str:
        url, detail = self._server.url, " ".join((error.details() or "").split())
        match error.code():
            case grpc.StatusCode.UNAUTHENTICATED | grpc.StatusCode.PERMISSION_DENIED:
                hint = ""
                if not self._server.tenant:
                    hint = "; the key of one tenant needs that tenant's id in chirpstack_tenant"
                return f"{url} does not show {what} to the key in chirpstack_token{hint}"
            case grpc.StatusCode.UNAVAILABLE:
                return f"{url} cannot be reached: {detail}"
            case grpc.StatusCode.DEADLINE_EXCEEDED:
                return f"{url} did not answer within {PATIENCE:g} seconds"
            case grpc.StatusCode.UNIMPLEMENTED:
                return f"{url} is not the API of a ChirpStack v4 server: it knows no {what}"
            case code:
                return f"{url} does not tell of {what}: {code.name.lower()}, {detail}"


def _id(item: Any) -> str:  # noqa: ANN401
    return str(item.id)


def _all(page: Callable[[int], Any], key: Callable[[Any], str], what: str) -> Sequence[Any]:
    """Read a list page by page; again when its length changed, so that one may be passed over.

    Raises:
        CannotRead: it changes faster than it can be read.
    """
    for _ in range(_TRIES):
        found: dict[str, Any] = {}
        totals: set[int] = set()
        offset, rows = 0, True
        while rows and (not totals or offset < max(totals)):
            answer = page(offset)
            totals.add(answer.total_count)
            rows = bool(answer.result)
            offset += len(answer.result)
            found.update((key(item), item) for item in answer.result)
        if totals == {len(found)}:
            return tuple(found.values())
    raise CannotRead(f"the list of {what} changes while it is read: try again later")


def _time(item: Any, name: str) -> datetime | None:  # noqa: ANN401
    return getattr(item, name).ToDatetime(tzinfo=UTC) if item.HasField(name) else None
