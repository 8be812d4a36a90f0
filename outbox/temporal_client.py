"""Connecting to Temporal: the same code for the dev server, a self-hosted cluster and Temporal Cloud."""

import logging
import socket
from collections.abc import Sequence
from typing import Any, ClassVar

from temporalio import activity, workflow
from temporalio.client import Client, Interceptor
from temporalio.contrib.pydantic import PydanticPayloadConverter
from temporalio.converter import (
    CompositePayloadConverter,
    DataConverter,
    DefaultFailureConverterWithEncodedAttributes,
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
from outbox.payload_codec import Codec


class _Pydantic(CompositePayloadConverter):
    """Pydantic's converter. Every workflow makes one; they share what pydantic has worked out of the types."""

    _shared: ClassVar[CompositePayloadConverter] = PydanticPayloadConverter()

    def __init__(self) -> None:
        super().__init__(*self._shared.converters.values())


def data_converter(keyring: Keyring) -> DataConverter:
    """Pydantic JSON inside, encryption around it, failure messages included."""
    return DataConverter(
        payload_converter_class=_Pydantic,
        payload_codec=Codec(keyring),
        failure_converter_class=DefaultFailureConverterWithEncodedAttributes,
    )


def sdk_runtime(*, metrics_host: str, metrics_port: int | None) -> Runtime:
    """What the SDK runs on, one for each process: its logs go where ours do, its metrics to this address."""
    # What they would put into the text is beside it as fields already.
    activity.logger.activity_info_on_message = False
    workflow.logger.workflow_info_on_message = False
    to_ours = LogForwardingConfig(logger=logging.getLogger("temporalio.core"), append_target_to_name=False)
    filtered = TelemetryFilter(core_level="WARN", other_level="ERROR")
    metrics = None
    if metrics_port is not None:
        metrics = PrometheusConfig(bind_address=f"{metrics_host}:{metrics_port}", durations_as_seconds=True)
    return Runtime(telemetry=TelemetryConfig(logging=LoggingConfig(filtered, forwarding=to_ours), metrics=metrics))


async def connect(
    keyring: Keyring,
    *,
    process: str,
    lazy: bool = False,
    interceptors: Sequence[Interceptor] = (),
    runtime: Runtime | None = None,
) -> Client:
    """A client as `temporalio.envconfig` configures it (`TEMPORAL_ADDRESS`, profiles, TLS, API keys).

    A lazy client connects at its first call, so the API starts while Temporal is away; workers need a real one.
    """
    config: dict[str, Any] = dict(ClientConfig.load_client_connect_config())
    config.setdefault("target_host", "127.0.0.1:7233")
    return await Client.connect(
        **config,
        data_converter=data_converter(keyring),
        identity=f"dialtone-{process}@{socket.gethostname()}",
        lazy=lazy,
        interceptors=interceptors,
        runtime=runtime,
    )
