"""The namespace of Temporal: what Dialtone needs there, what it finds, and adding what is missing."""

import asyncio
from collections.abc import Collection
from datetime import timedelta

from google.protobuf.duration_pb2 import Duration
from temporalio.api.enums.v1 import IndexedValueType
from temporalio.api.operatorservice.v1 import AddSearchAttributesRequest, ListSearchAttributesRequest
from temporalio.api.workflowservice.v1 import DescribeNamespaceRequest, RegisterNamespaceRequest
from temporalio.client import Client
from temporalio.service import RPCError, RPCStatusCode

from workflows.search_attributes import SEARCH_ATTRIBUTES

# A start is delivered for about three days, and must find the workflow that an earlier delivery started, ended or not.
RETENTION = timedelta(days=7)
CALL_TIMEOUT = timedelta(seconds=10)
# Other frontends of a cluster learn of a new namespace after about ten seconds.
_KNOWN_WITHIN_SECONDS = 60
_POLL_SECONDS = 1
_DENIED = frozenset({RPCStatusCode.PERMISSION_DENIED, RPCStatusCode.UNAUTHENTICATED, RPCStatusCode.UNIMPLEMENTED})


class NotPermitted(Exception):
    """Temporal doesn't let this client do it."""


async def find_retention(client: Client) -> timedelta | None:
    """How long the namespace keeps ended workflows; None if there is no such namespace. Raises RPCError."""
    request = DescribeNamespaceRequest(namespace=client.namespace)
    try:
        described = await client.workflow_service.describe_namespace(request, timeout=CALL_TIMEOUT)
    except RPCError as error:
        if error.status is RPCStatusCode.NOT_FOUND:
            return None
        raise
    return described.config.workflow_execution_retention_ttl.ToTimedelta()


async def missing_search_attributes(client: Client) -> dict[str, str]:
    """The search attributes that the namespace lacks, with their types. Raises RPCError."""
    request = ListSearchAttributesRequest(namespace=client.namespace)
    known = await client.operator_service.list_search_attributes(request, timeout=CALL_TIMEOUT)
    return {name: kind for name, kind in SEARCH_ATTRIBUTES.items() if name not in known.custom_attributes}


async def register(client: Client) -> None:
    """Add the namespace, and wait until it can be used. Raises NotPermitted, RPCError."""
    retention = Duration()
    retention.FromTimedelta(RETENTION)
    request = RegisterNamespaceRequest(namespace=client.namespace, workflow_execution_retention_period=retention)
    try:
        await client.workflow_service.register_namespace(request, timeout=CALL_TIMEOUT)
    except RPCError as error:
        if error.status in _DENIED:
            raise NotPermitted from error
        if error.status is not RPCStatusCode.ALREADY_EXISTS:
            raise
    async with asyncio.timeout(_KNOWN_WITHIN_SECONDS):
        while not await _is_known(client):  # noqa: ASYNC110 - Temporal doesn't say when it is
            await asyncio.sleep(_POLL_SECONDS)


async def add_search_attributes(client: Client, missing: Collection[str]) -> None:
    """Raises NotPermitted, RPCError."""
    types = {name: IndexedValueType.Value(f"INDEXED_VALUE_TYPE_{SEARCH_ATTRIBUTES[name].upper()}") for name in missing}
    request = AddSearchAttributesRequest(namespace=client.namespace, search_attributes=types)
    try:
        await client.operator_service.add_search_attributes(request, timeout=CALL_TIMEOUT)
    except RPCError as error:
        if error.status in _DENIED:
            raise NotPermitted from error
        raise


async def _is_known(client: Client) -> bool:
    try:
        await missing_search_attributes(client)
    except RPCError as error:
        if error.status is RPCStatusCode.NOT_FOUND:
            return False
        raise
    return True
