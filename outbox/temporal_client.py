"""Connects to Temporal: the development server, a self-hosted cluster or Temporal Cloud."""

import logging
import socket
from collections.abc import Sequence
from dataclasses import replace
from typing import Any, ClassVar

from temporalio import activity, workflow
from temporalio.client import Client, Interceptor, WorkflowHistory
from temporalio.contrib.pydantic import PydanticJSONPlainPayloadConverter
from temporalio.converter import (
    CompositePayloadConverter,
    DataConverter,
    DefaultFailureConverterWithEncodedAttributes,
    EncodingPayloadConverter,
    WorkflowSerializationContext,
)
from temporalio.envconfig import ClientConfig
from temporalio.runtime import (
    LogForwardingConfig,
    LoggingConfig,
    PrometheusConfig,
    Runtime,
    TelemetryConfig,
    TelemetryFilter,
)

from models.db.encryption import Keyring
from outbox.payload_codec import EncryptionCodec, workflow_of


class _SharedPydanticConverter(CompositePayloadConverter):
    """Everything is JSON, `None` too, so that pydantic checks all that is read.

    Every workflow creates a converter; sharing this one keeps pydantic from analyzing the types again.
    """

    _shared: ClassVar[EncodingPayloadConverter] = PydanticJSONPlainPayloadConverter()

    def __init__(self) -> None:
        super().__init__(self._shared)


def data_converter(keyring: Keyring) -> DataConverter:
    """Encrypted pydantic JSON, failure messages included."""
    return DataConverter(
        payload_converter_class=_SharedPydanticConverter,
        payload_codec=EncryptionCodec(keyring),
        failure_converter_class=DefaultFailureConverterWithEncodedAttributes,
    )


def converter_for(client: Client, workflow_id: str) -> DataConverter:
    """The converter for what a workflow's history contains."""
    context = WorkflowSerializationContext(namespace=client.namespace, workflow_id=workflow_id)
    return client.data_converter.with_context(context)


def history_from_json(text: str) -> WorkflowHistory:
    """An exported history, with the id of its workflow, for which alone its payloads open."""
    history = WorkflowHistory.from_json("", text)
    started = history.events[0].workflow_execution_started_event_attributes
    return replace(history, workflow_id=workflow_of(started.input.payloads[0]))


def sdk_runtime(*, metrics_host: str, metrics_port: int | None) -> Runtime:
    """The SDK's runtime, one per process: it logs to our handlers and serves its metrics at this address."""
    # Log records have the same information as fields.
    activity.logger.activity_info_on_message = False
    workflow.logger.workflow_info_on_message = False
    forwarding = LogForwardingConfig(logger=logging.getLogger("temporalio.core"), append_target_to_name=False)
    levels = TelemetryFilter(core_level="WARN", other_level="ERROR")
    metrics = None
    if metrics_port is not None:
        metrics = PrometheusConfig(bind_address=f"{metrics_host}:{metrics_port}", durations_as_seconds=True)
    return Runtime(telemetry=TelemetryConfig(logging=LoggingConfig(levels, forwarding=forwarding), metrics=metrics))


def connection_settings() -> dict[str, Any]:
    """The arguments of `Client.connect` that say where Temporal is, from `temporalio.envconfig`.

    Raises RuntimeError, OSError for a configuration that can't be read.
    """
    return {"target_host": "127.0.0.1:7233", **ClientConfig.load_client_connect_config()}


async def connect(
    keyring: Keyring,
    *,
    process: str,
    lazy: bool = False,
    interceptors: Sequence[Interceptor] = (),
    runtime: Runtime | None = None,
) -> Client:
    """A client configured by `temporalio.envconfig` (`TEMPORAL_ADDRESS`, profiles, TLS, API keys).

    A lazy client connects on its first call, so the API can start while Temporal is down. Workers can't use one.
    """
    return await Client.connect(
        **connection_settings(),
        data_converter=data_converter(keyring),
        identity=f"dialtone-{process}@{socket.gethostname()}",
        lazy=lazy,
        interceptors=interceptors,
        runtime=runtime,
    )
