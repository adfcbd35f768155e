"""ChirpStack's API on a loopback port: its own generated servicers, over dictionaries."""

from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, Protocol

import grpc
from chirpstack_api import api
from google.protobuf.empty_pb2 import Empty

TOKEN = "an-api-key"  # noqa: S105 - made up
TENANT_TOKEN = "key-of-one-tenant"  # noqa: S105 - made up
"""One that must not list all tenants"""
Context = Any


class _Named(Protocol):
    id: str
    name: str
    tenant_id: str


@dataclass
class Kept:
    """What the server has."""

    tenants: dict[str, Any] = field(default_factory=dict)
    applications: dict[str, Any] = field(default_factory=dict)
    profiles: dict[str, Any] = field(default_factory=dict)
    gateways: dict[str, Any] = field(default_factory=dict)
    devices: dict[str, Any] = field(default_factory=dict)
    keys: dict[str, str] = field(default_factory=dict)
    flushed: list[str] = field(default_factory=list)
    updated: list[str] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)
    """The methods that were called, in order"""
    seen: dict[str, Any] = field(default_factory=dict)
    """When devices were heard last, as protobuf has times"""
    between: Callable[[], None] = lambda: None
    """Done before each list of devices is answered"""
    address: str = ""

    def add(self, shelf: dict[str, Any], entry: _Named, kind: str) -> str:
        """Keep an entry under a new id."""
        entry.id = f"{kind}-{len(shelf) + 1}"
        shelf[entry.id] = entry
        return entry.id


def _new(shelf: dict[str, Any], key: str, entry: object, context: Context) -> Empty:
    """Keep what must not be there."""
    if key in shelf:
        context.abort(grpc.StatusCode.ALREADY_EXISTS, "Object already exists")
    shelf[key] = entry
    return Empty()


def _old(shelf: dict[str, Any], key: str, entry: object, context: Context) -> Empty:
    """Change what must be there."""
    if key not in shelf:
        context.abort(grpc.StatusCode.NOT_FOUND, "Object does not exist")
    shelf[key] = entry
    return Empty()


def _found(shelf: Mapping[str, Any], key: str, context: Context) -> Any:  # noqa: ANN401 - protobuf
    """Give what must be there."""
    if key not in shelf:
        context.abort(grpc.StatusCode.NOT_FOUND, "Object does not exist")
    return shelf[key]


def _page(entries: Mapping[str, Any], request: Any, item: Any, answer: Any) -> Any:  # noqa: ANN401 - protobuf
    """List as ChirpStack does: by a part of the name, a page of the limit at most."""
    found = [e for e in entries.values() if request.search.lower() in e.name.lower()]
    tenant = getattr(request, "tenant_id", "")
    found = [e for e in found if not tenant or e.tenant_id == tenant]
    shown = found[request.offset : request.offset + request.limit]
    return answer(total_count=len(found), result=[item(id=e.id, name=e.name) for e in shown])


def _item(device: Any, profiles: Mapping[str, Any], seen: Mapping[str, Any]) -> Any:  # noqa: ANN401 - protobuf
    """Show a device as a list does."""
    profile = profiles.get(device.device_profile_id)
    return api.DeviceListItem(
        dev_eui=device.dev_eui,
        name=device.name,
        description=device.description,
        device_profile_id=device.device_profile_id,
        device_profile_name=profile.name if profile else "",
        tags=device.tags,
        last_seen_at=seen.get(device.dev_eui),
    )


class _Tenants(api.TenantServiceServicer):  # type: ignore[misc]
    def __init__(self, kept: Kept) -> None:
        self._kept = kept

    def List(self, request: Any, context: Context) -> Any:  # noqa: N802, ANN401
        if ("authorization", f"Bearer {TENANT_TOKEN}") in context.invocation_metadata():
            context.abort(grpc.StatusCode.UNAUTHENTICATED, "not allowed")
        return _page(self._kept.tenants, request, api.TenantListItem, api.ListTenantsResponse)

    def Create(self, request: Any, _: Context) -> Any:  # noqa: N802, ANN401
        identity = self._kept.add(self._kept.tenants, request.tenant, "tenant")
        return api.CreateTenantResponse(id=identity)


class _Applications(api.ApplicationServiceServicer):  # type: ignore[misc]
    def __init__(self, kept: Kept) -> None:
        self._kept = kept

    def List(self, request: Any, _: Context) -> Any:  # noqa: N802, ANN401
        kept = self._kept.applications
        return _page(kept, request, api.ApplicationListItem, api.ListApplicationsResponse)

    def Create(self, request: Any, _: Context) -> Any:  # noqa: N802, ANN401
        kept = self._kept.applications
        return api.CreateApplicationResponse(
            id=self._kept.add(kept, request.application, "application")
        )

    def Get(self, request: Any, context: Context) -> Any:  # noqa: N802, ANN401
        found = _found(self._kept.applications, request.id, context)
        return api.GetApplicationResponse(application=found)


class _Profiles(api.DeviceProfileServiceServicer):  # type: ignore[misc]
    def __init__(self, kept: Kept) -> None:
        self._kept = kept

    def List(self, request: Any, _: Context) -> Any:  # noqa: N802, ANN401
        kept = self._kept.profiles
        return _page(kept, request, api.DeviceProfileListItem, api.ListDeviceProfilesResponse)

    def Create(self, request: Any, _: Context) -> Any:  # noqa: N802, ANN401
        kept = self._kept.profiles
        return api.CreateDeviceProfileResponse(
            id=self._kept.add(kept, request.device_profile, "profile")
        )

    def Get(self, request: Any, context: Context) -> Any:  # noqa: N802, ANN401
        found = _found(self._kept.profiles, request.id, context)
        return api.GetDeviceProfileResponse(device_profile=found)


class _Gateways(api.GatewayServiceServicer):  # type: ignore[misc]
    def __init__(self, kept: Kept) -> None:
        self._kept = kept

    def Create(self, request: Any, context: Context) -> Any:  # noqa: N802, ANN401
        gateway = request.gateway
        return _new(self._kept.gateways, gateway.gateway_id, gateway, context)

    def Update(self, request: Any, context: Context) -> Any:  # noqa: N802, ANN401
        gateway = request.gateway
        self._kept.updated.append(gateway.gateway_id)
        return _old(self._kept.gateways, gateway.gateway_id, gateway, context)


class _Devices(api.DeviceServiceServicer):  # type: ignore[misc]
    def __init__(self, kept: Kept) -> None:
        self._kept = kept

    def List(self, request: Any, _: Context) -> Any:  # noqa: N802, ANN401
        self._kept.between()
        devices = self._kept.devices.values()
        found = [d for d in devices if d.application_id == request.application_id]
        shown = found[request.offset : request.offset + request.limit]
        items = [_item(device, self._kept.profiles, self._kept.seen) for device in shown]
        return api.ListDevicesResponse(total_count=len(found), result=items)

    def Create(self, request: Any, context: Context) -> Any:  # noqa: N802, ANN401
        return _new(self._kept.devices, request.device.dev_eui, request.device, context)

    def Update(self, request: Any, context: Context) -> Any:  # noqa: N802, ANN401
        self._kept.updated.append(request.device.dev_eui)
        return _old(self._kept.devices, request.device.dev_eui, request.device, context)

    def CreateKeys(self, request: Any, context: Context) -> Any:  # noqa: N802, ANN401
        keys = request.device_keys
        return _new(self._kept.keys, keys.dev_eui, keys.nwk_key, context)

    def UpdateKeys(self, request: Any, context: Context) -> Any:  # noqa: N802, ANN401
        keys = request.device_keys
        return _old(self._kept.keys, keys.dev_eui, keys.nwk_key, context)

    def FlushDevNonces(self, request: Any, _: Context) -> Any:  # noqa: N802, ANN401
        self._kept.flushed.append(request.dev_eui)
        return Empty()


class _Guard(grpc.ServerInterceptor):  # type: ignore[misc]
    """Refuses calls without the key, as ChirpStack does."""

    def __init__(self, kept: Kept) -> None:
        self._kept = kept

    def intercept_service(self, following: Any, details: Any) -> Any:  # noqa: ANN401
        self._kept.asked.append(details.method.rsplit("/", 1)[-1])
        key = dict(details.invocation_metadata).get("authorization", "")
        if key in {f"Bearer {TOKEN}", f"Bearer {TENANT_TOKEN}"}:
            return following(details)

        def refuse(_: object, context: Context) -> None:
            context.abort(grpc.StatusCode.UNAUTHENTICATED, "no authorization provided")

        return grpc.unary_unary_rpc_method_handler(refuse)


@contextmanager
def chirpstack_api_server() -> Iterator[Kept]:
    """Serve the API, and give what it keeps."""
    kept = Kept()
    server = grpc.server(ThreadPoolExecutor(2), interceptors=[_Guard(kept)])
    api.add_TenantServiceServicer_to_server(_Tenants(kept), server)
    api.add_ApplicationServiceServicer_to_server(_Applications(kept), server)
    api.add_DeviceProfileServiceServicer_to_server(_Profiles(kept), server)
    api.add_GatewayServiceServicer_to_server(_Gateways(kept), server)
    api.add_DeviceServiceServicer_to_server(_Devices(kept), server)
    kept.address = f"http://127.0.0.1:{server.add_insecure_port('127.0.0.1:0')}"
    server.start()
    try:
        yield kept
    finally:
        server.stop(None).wait()
