"""Connecting to Temporal: the same code for the dev server, a self-hosted cluster and Temporal Cloud."""

import dataclasses
import socket
from typing import Any

from temporalio.client import Client
from temporalio.contrib.pydantic import pydantic_data_converter
from temporalio.converter import DataConverter, DefaultFailureConverterWithEncodedAttributes
from temporalio.envconfig import ClientConfig

from models.db.keyring import Keyring
from outbox.codec import Codec


def data_converter(keyring: Keyring) -> DataConverter:
    """Pydantic JSON inside, encryption around it, failure messages included."""
    return dataclasses.replace(
        pydantic_data_converter,
        payload_codec=Codec(keyring),
        failure_converter_class=DefaultFailureConverterWithEncodedAttributes,
    )


async def connect(keyring: Keyring, *, process: str, lazy: bool = False) -> Client:
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
    )
