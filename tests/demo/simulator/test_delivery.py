"""Events reach their listeners: signed, in order, again until they are taken."""

import asyncio

import pytest
from standardwebhooks import Webhook, WebhookVerificationError

from demo.simulator import create_app
from demo.sockets import free_port
from tests.demo.simulator.simulator_client import (
    SECRET,
    Client,
    Listener,
    Listeners,
    calling,
    listening,
    plan,
    settings,
)


async def test_every_event_is_signed(client: Client, heard: Listener) -> None:
    await client.place(plan())
    await heard.until_state("completed")
    for headers, body in heard.calls:
        event = Webhook(SECRET).verify(body, headers)
        assert headers["webhook-id"] == event["eventId"]


async def test_a_changed_body_does_not_verify(client: Client, heard: Listener) -> None:
    await client.place(plan())
    await heard.until_state("completed")
    headers, body = heard.calls[0]
    with pytest.raises(WebhookVerificationError):
        Webhook(SECRET).verify(body + b" ", headers)


async def test_a_refused_event_is_sent_again_under_the_same_id(client: Client, heard: Listener) -> None:
    heard.answers = [500, 404, 302]
    await client.place(plan())
    await heard.until_state("completed")
    tries = [headers["webhook-id"] for headers, _ in heard.calls[:4]]
    assert len(set(tries)) == 1
    assert heard.states == ["inProgress", "completed"]


async def test_no_event_overtakes_one_that_was_refused(client: Client, heard: Listener) -> None:
    heard.answers = [500, 500, 204, 500]
    orders = [(await client.place(plan()))["id"] for _ in range(5)]
    await heard.until(lambda heard: heard.states.count("completed") == 5)
    for order in orders:
        about = [event["event"]["productOrder"] for event in heard.events]
        assert [each["state"] for each in about if each["id"] == order] == ["inProgress", "completed"]


async def test_an_event_refused_too_often_is_dropped_for_the_next(client: Client, heard: Listener) -> None:
    heard.answers = [400] * 8
    await client.place(plan())
    await heard.until_state("completed")
    assert heard.states == ["completed"]


async def test_a_listener_that_is_away_misses_nothing() -> None:
    port = free_port()
    async with calling(create_app(settings(refusals_until_dropped=1))) as client:
        await client.http.post("/hub", json={"callback": f"http://127.0.0.1:{port}/0"})
        await client.until(await client.place(plan()), "completed")
        await asyncio.sleep(0.1)
        async with listening(port) as listeners:
            back = listeners.new()
            await back.until_state("completed")
    assert back.states == ["inProgress", "completed"]


async def test_one_listeners_trouble_is_not_anothers(client: Client, heard: Listener) -> None:
    await client.http.post("/hub", json={"callback": "http://127.0.0.1:1/nobody"})
    await client.place(plan())
    await heard.until_state("completed")


async def test_a_query_narrows_what_is_heard(client: Client, heard: Listener, listeners: Listeners) -> None:
    narrow = listeners.new()
    query = "eventType=ProductOrderAttributeValueChangeEvent,ProductOrderInformationRequiredEvent"
    await client.http.post("/hub", json={"callback": narrow.url, "query": query})
    order = await client.place(plan(simulate="needsInfo=x"))
    await narrow.until(lambda narrow: len(narrow.events) == 1)
    await client.amend(order, note=[{"text": "x"}])
    await heard.until_state("completed")
    assert {event["eventType"] for event in narrow.events} == {"ProductOrderInformationRequiredEvent"}


async def test_a_callback_registered_again_hears_everything_once(client: Client, heard: Listener) -> None:
    again = await client.http.post("/hub", json={"callback": heard.url})
    assert again.status_code == 201
    await client.place(plan())
    await heard.until_state("completed")
    assert heard.states == ["inProgress", "completed"]


async def test_a_listener_that_was_removed_hears_no_more(client: Client, listeners: Listeners) -> None:
    leaver, stayer = listeners.new(), listeners.new()
    ids = [(await client.http.post("/hub", json={"callback": each.url})).json()["id"] for each in (leaver, stayer)]
    assert (await client.http.delete(f"/hub/{ids[0]}")).status_code == 204
    assert (await client.http.delete(f"/hub/{ids[0]}")).status_code == 404
    await client.place(plan())
    await stayer.until_state("completed")
    assert leaver.calls == []


@pytest.mark.parametrize("callback", ["ftp://example.com", "here", None])
async def test_a_callback_that_cannot_be_called_is_refused(client: Client, callback: object) -> None:
    assert (await client.http.post("/hub", json={"callback": callback})).status_code == 400
