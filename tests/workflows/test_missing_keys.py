"""A message that is sealed with a key that the workers lack waits until they have it."""

import asyncio
import base64
from dataclasses import replace
from typing import Any

import pytest
from temporalio.api.enums.v1 import EventType
from temporalio.client import Client, WorkflowHandle

from models.db.encryption import Keyring
from models.db.session import new_id
from models.lifecycle import ItemState, Status
from models.order import CarrierUpdate, ItemUpdate, Order, WorkflowMessage
from models.order_messages import Cancellation
from outbox.temporal_client import data_converter
from tests import factories
from tests.workflows.workflow_env import KEYS, REQUESTER, WorkflowEnv
from workflows.order_type_registry import order_type

NEW_LINE = order_type("NEW_SERVICE_DEVICE")
ROTATED = Keyring({"new": base64.b64encode(b"1" * 32).decode(), **KEYS})


def _with_both_keys(env: WorkflowEnv) -> Client:
    return Client(
        env.client.service_client,
        namespace=env.client.namespace,
        data_converter=data_converter(ROTATED),
        interceptors=env.client.config()["interceptors"],
    )


async def _wait_for_failed_task(handle: WorkflowHandle[Any, Any]) -> None:
    async with asyncio.timeout(30):
        while EventType.EVENT_TYPE_WORKFLOW_TASK_FAILED not in {
            event.event_type async for event in handle.fetch_history_events()
        }:
            await asyncio.sleep(0.1)


def _message(order: Order, name: str) -> WorkflowMessage:
    shipped = ItemUpdate(item_id=order.items[0].id, state=ItemState.SHIPPED)
    messages: dict[str, WorkflowMessage] = {
        "carrier_update": CarrierUpdate(
            event_id=new_id(), carrier=factories.CARRIER, client_ref=f"{order.id}:1", items=(shipped,)
        ),
        "cancel": Cancellation(action_id=new_id(), actor=REQUESTER, reason="Ordered twice."),
    }
    return replace(messages[name], message_name=name)


@pytest.mark.fault("50")
@pytest.mark.parametrize(("name", "leads_to"), [("carrier_update", Status.SHIPPED), ("cancel", Status.CANCELED)])
async def test_a_message_of_a_new_key_is_kept_for_workers_that_have_it(
    env: WorkflowEnv, name: str, leads_to: Status
) -> None:
    order = await env.start_new(NEW_LINE, until=Status.IN_FULFILLMENT)
    both = _with_both_keys(env)
    await both.get_workflow_handle(order.workflow_id).signal(name, _message(order, name))
    await _wait_for_failed_task(env.client.get_workflow_handle(order.workflow_id))
    assert (await env.row(order)).status == Status.IN_FULFILLMENT
    await env.stop_workers()
    env.client = both
    await env.start_workers()
    await env.wait_for_status(order, leads_to)
