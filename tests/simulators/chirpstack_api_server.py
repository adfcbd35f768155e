"""ChirpStack's API on a loopback port: its own generated servicers, over dictionaries."""

from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, Protocol

import grpc
from chirpstack_api import api
from google.protobuf.empty_pb2 import Empty

TOKEN = "an-api-key"  # noqa: S105 - made up
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


def _page(entries: Mapping[str, Any], request: Any, item: Any, answer: Any) -> Any:  # noqa: ANN401 - protobuf
    """List as ChirpStack does: by a part of the name, a page of the limit at most."""
    found = [e for e in entries.values() if request.search.lower() in e.name.lower()]
    tenant = getattr(request, "tenant_id", "")
    found = [e for e in found if not tenant or e.tenant_id == tenant]
    shown = found[request.offset : request.offset + request.limit]
    return answer(total_count=len(found), result=[item(id=e.id, name=e.name) for e in shown])


class _Tenants(api.TenantServiceServicer):  # type: ignore[misc]
    def __init__(self, kept: Kept) -> None:
        self._kept = kept

    def List(self, request: Any, _: Context) -> Any:  # noqa: N802, ANN401
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

    def intercept_service(self, following: Any, details: Any) -> Any:  # noqa: ANN401
        if ("authorization", f"Bearer {TOKEN}") in details.invocation_metadata:
            return following(details)

        def refuse(_: object, context: Context) -> None:
            context.abort(grpc.StatusCode.UNAUTHENTICATED, "no authorization provided")

        return grpc.unary_unary_rpc_method_handler(refuse)


@contextmanager
def chirpstack_api_server() -> Iterator[Kept]:
    """Serve the API, and give what it keeps."""
    kept = Kept()
    server = grpc.server(ThreadPoolExecutor(2), interceptors=[_Guard()])
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
