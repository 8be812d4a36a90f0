"""Events reach their listeners: signed, in order, and again until they are accepted."""

import asyncio

import pytest
from standardwebhooks import Webhook, WebhookVerificationError

from demo.simulator.app import create_app
from demo.sockets import free_port
from tests.demo.simulator.simulator_client import (
    SECRET,
    Client,
    Listener,
    Listeners,
    connect,
    listening,
    settings,
    suspension,
)


async def test_every_event_is_signed(client: Client, listener: Listener) -> None:
    await client.place(suspension())
    await listener.until_state("completed")
    for headers, body in listener.calls:
        event = Webhook(SECRET).verify(body, headers)
        assert headers["webhook-id"] == event["eventId"]


async def test_a_changed_body_does_not_verify(client: Client, listener: Listener) -> None:
    await client.place(suspension())
    await listener.until_state("completed")
    headers, body = listener.calls[0]
    with pytest.raises(WebhookVerificationError):
        Webhook(SECRET).verify(body + b" ", headers)


async def test_a_rejected_event_is_sent_again_with_the_same_id(client: Client, listener: Listener) -> None:
    listener.answers = [500, 404, 302]
    await client.place(suspension())
    await listener.until_state("completed")
    ids = [headers["webhook-id"] for headers, _ in listener.calls[:4]]
    assert len(set(ids)) == 1
    assert listener.states == ["inProgress", "completed"]


async def test_no_event_overtakes_a_rejected_one(client: Client, listener: Listener) -> None:
    listener.answers = [500, 500, 204, 500]
    orders = [(await client.place(suspension()))["id"] for _ in range(5)]
    await listener.until(lambda listener: listener.states.count("completed") == 5)
    for order in orders:
        shown = [event["event"]["productOrder"] for event in listener.events]
        assert [document["state"] for document in shown if document["id"] == order] == ["inProgress", "completed"]


async def test_an_event_that_is_rejected_too_often_is_dropped(client: Client, listener: Listener) -> None:
    listener.answers = [400] * 8
    await client.place(suspension())
    await listener.until_state("completed")
    assert listener.states == ["completed"]


async def test_an_unreachable_listener_gets_every_event_later() -> None:
    port = free_port()
    async with connect(create_app(settings(rejections_until_dropped=1))) as client:
        await client.http.post("/hub", json={"callback": f"http://127.0.0.1:{port}/0"})
        await client.until(await client.place(suspension()), "completed")
        await asyncio.sleep(0.1)
        async with listening(port) as listeners:
            listener = listeners.new()
            await listener.until_state("completed")
    assert listener.states == ["inProgress", "completed"]


async def test_a_failing_listener_does_not_delay_others(client: Client, listener: Listener) -> None:
    await client.http.post("/hub", json={"callback": "http://127.0.0.1:1/unreachable"})
    await client.place(suspension())
    await listener.until_state("completed")


async def test_a_query_limits_the_event_types(client: Client, listener: Listener, listeners: Listeners) -> None:
    limited = listeners.new()
    query = "eventType=ProductOrderAttributeValueChangeEvent,ProductOrderInformationRequiredEvent"
    await client.http.post("/hub", json={"callback": limited.url, "query": query})
    order = await client.place(suspension(simulate="needsInfo=x"))
    await limited.until(lambda limited: len(limited.events) == 1)
    await client.amend(order, note=[{"text": "x"}])
    await listener.until_state("completed")
    assert {event["eventType"] for event in limited.events} == {"ProductOrderInformationRequiredEvent"}


@pytest.mark.parametrize(
    "query",
    [
        "event.productOrder.state=completed",
        "event.productOrder.state=failed,completed&domain=Northwind Mobile",
        "eventType=ProductOrderInformationRequiredEvent&eventType=ProductOrderStateChangeEvent&event.productOrder.state=completed",
        "event.productOrder.completionDate.gt=2026-01-01",
        "eventTime.gt=2026-01-01&event.productOrder.productOrderItem.state=completed",
    ],
)
async def test_a_query_can_name_any_attribute_of_an_event(client: Client, listeners: Listeners, query: str) -> None:
    limited = listeners.new()
    await client.http.post("/hub", json={"callback": limited.url, "query": query})
    await client.place(suspension())
    await limited.until_state("completed")
    assert limited.states == ["completed"]


@pytest.mark.parametrize("query", ["color=red", "event=x", "eventTime.gt=noon"])
async def test_a_query_for_what_no_event_has_is_rejected(client: Client, listeners: Listeners, query: str) -> None:
    answer = await client.http.post("/hub", json={"callback": listeners.new().url, "query": query})
    assert (answer.status_code, answer.json()["code"]) == (400, "invalidRequest")


async def test_a_callback_registered_twice_is_a_conflict_and_gets_each_event_once(
    client: Client, listener: Listener
) -> None:
    again = await client.http.post("/hub", json={"callback": listener.url})
    assert (again.status_code, again.json()["code"]) == (409, "duplicate")
    await client.place(suspension())
    await listener.until_state("completed")
    assert listener.states == ["inProgress", "completed"]


async def test_a_removed_listener_gets_no_events(client: Client, listeners: Listeners) -> None:
    removed, kept = listeners.new(), listeners.new()
    ids = [
        (await client.http.post("/hub", json={"callback": listener.url})).json()["id"] for listener in (removed, kept)
    ]
    assert (await client.http.delete(f"/hub/{ids[0]}")).status_code == 204
    assert (await client.http.delete(f"/hub/{ids[0]}")).status_code == 404
    await client.place(suspension())
    await kept.until_state("completed")
    assert removed.calls == []


@pytest.mark.parametrize("callback", ["ftp://example.com", "here", None])
async def test_a_callback_that_is_not_an_http_url_is_rejected(client: Client, callback: object) -> None:
    assert (await client.http.post("/hub", json={"callback": callback})).status_code == 400
