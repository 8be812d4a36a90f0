"""One order of a throw-away type, from the form to the end. Run by `test_new_type`, in a process of its own."""

import re
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

import httpx2
import pytest
from temporalio.testing import WorkflowEnvironment

from api.bootstrap import resolve_words
from demo.postgres_server import DatabaseServer
from models import questions
from models.db.inventory.tables import LineRow
from notifications.links import mask
from runtime import logs
from tests.api.api_client import code
from tests.demo.simulator.simulator_client import characteristics_of
from tests.fixtures.database import cloned
from tests.workflows.new_type.live_tenant import LiveTenant, live_tenant, text_of
from workflows.order_type_registry import order_types_by_code

CODE = "NUMBER_LOCK"
PIN, MASKED_PIN = "48291573", "••••1573"
NEW_PIN = "73016482"
FORM = {"items": "1", "items.0.lock_pin": PIN, "instructions": "simulate: needsInfo=portPin"}
HIDDEN = re.compile(r'name="(draft|reviewed)" value="([^"]+)"')


@pytest.fixture(scope="module")
async def tenant(
    postgres: DatabaseServer, company_template: str, temporal: WorkflowEnvironment
) -> AsyncIterator[LiveTenant]:
    logs.configure(as_json=True, mask=mask, secrets=questions.private_codes())
    async with cloned(postgres, company_template) as database, live_tenant(database, temporal.client) as running:
        yield running


@dataclass(frozen=True, kw_only=True)
class Lock:
    """What was seen of one order at each point; `sent` is what the carrier got first."""

    line: LineRow
    order: dict[str, Any]
    seen_by_manager: dict[str, Any]
    manager_page: str
    requester_page: str
    approval_page: str
    sent: dict[str, Any]
    done: dict[str, Any]


@pytest.fixture(scope="module")
async def lock(tenant: LiveTenant) -> AsyncIterator[Lock]:
    """Aaron orders by the form, Marcus approves by email, the carrier asks for another PIN, and Aaron answers."""
    line = await tenant.line_of("Aaron Abbott")
    async with (
        await tenant.people.browser("Aaron Abbott") as aaron,
        await tenant.people.browser("Dana Ortiz") as dana,
    ):
        ref = await submit(aaron)
        order = await tenant.wait_for_status(aaron, ref, "AWAITING_APPROVAL")
        request = await tenant.wait_for_email("Aaron Abbott needs your approval")
        approval_page = await tenant.decide_by_link(request, decision="approve", comment="Good idea.")
        await tenant.wait_for_status(aaron, ref, "VENDOR_INFO_REQUIRED")
        sent = await tenant.carrier_order()
        requester_page = await aaron.get(f"/orders/{ref}")
        seen_by_manager = await dana.get(f"/api/v1/orders/{ref}")
        manager_page = await dana.get(f"/orders/{ref}")
        answered = await aaron.post(f"/orders/{ref}/answer", data={"fields.lock_pin": NEW_PIN, "key": "again"})
        assert answered.status_code == 303, answered.text
        done = await tenant.wait_for_status(aaron, ref, "COMPLETED")
        yield Lock(
            line=line,
            order=order,
            seen_by_manager=seen_by_manager.json(),
            manager_page=manager_page.text,
            requester_page=requester_page.text,
            approval_page=approval_page,
            sent=sent,
            done=done,
        )


async def submit(browser: httpx2.AsyncClient) -> str:
    """Fill in the form, review and submit it; returns the order's ID."""
    saved = await browser.post(f"/order/{CODE}", data={**FORM, "do": "review"})
    review = await browser.get(saved.headers["location"])
    assert review.status_code == 200, review.text
    submitted = await browser.post(f"/order/{CODE}/submit", data=dict(HIDDEN.findall(review.text)))
    assert submitted.status_code == 303, submitted.text
    return str(submitted.headers["location"].removeprefix("/orders/"))


def test_every_word_of_the_type_is_found() -> None:
    types = order_types_by_code()
    assert CODE in types
    resolve_words(types.values())


async def test_the_api_lists_the_type_with_its_questions(tenant: LiveTenant) -> None:
    async with await tenant.people.client("Aaron") as aaron:
        listed = (await aaron.get("/api/v1/order-types")).json()
        form = (await aaron.get(f"/api/v1/order-types/{CODE}")).json()
    assert (CODE, "Lock number") in [(one["code"], one["title"]) for one in listed]
    pin = form["schema"]["properties"]["items"]["items"]["properties"]["lock_pin"]
    assert (pin["title"], pin["pattern"], pin["examples"]) == ("Lock PIN", "^[0-9]{8}$", [PIN])
    assert form["example"]["answers"] == {"lock_pin": PIN}
    assert form["approval_description"] == "The manager of the beneficiary's manager."


async def test_the_form_asks_the_questions_and_shows_the_default(tenant: LiveTenant) -> None:
    async with await tenant.people.browser("Aaron Abbott") as aaron:
        page = (await aaron.get(f"/order/{CODE}")).text
    assert "Lock PIN" in page
    assert "Eight digits that unlock the number." in page
    assert "Standard lock (default)" in page


async def test_a_wrong_answer_is_refused_with_the_sentence_of_the_question(tenant: LiveTenant) -> None:
    async with await tenant.people.browser("Aaron Abbott") as aaron:
        await aaron.post(f"/order/{CODE}", data={"items": "1", "items.0.lock_pin": "12"})
        page = (await aaron.get(f"/order/{CODE}?check=true")).text
        await aaron.post(f"/order/{CODE}/discard")
    assert "A lock PIN has eight digits." in page


async def test_the_check_reads_its_fact_and_refuses_by_code_and_field(tenant: LiveTenant) -> None:
    number = (await tenant.people.row("Aaron Abbott")).employee_number[1:]
    async with await tenant.people.client("Aaron Abbott") as aaron:
        answer = await aaron.post("/api/v1/orders", json={"type": CODE, "items": [{"lock_pin": f"0000{number}"}]})
    assert code(answer) == (422, "ORDER_REJECTED")
    (error,) = answer.json()["errors"]
    assert (error["code"], error["field"]) == ("LOCK_PIN_GUESSABLE", "items.0.lock_pin")
    assert error["detail"] == "The PIN contains your employee number."


async def test_the_plan_asks_the_second_manager(lock: Lock) -> None:
    (approval,) = lock.order["approvals"]
    assert (approval["label"], approval["approver"]["name"]) == ("Number security", "Marcus Webb")
    assert approval["why"] in lock.approval_page


def test_only_people_with_the_right_to_identifiers_see_the_answer(lock: Lock) -> None:
    assert lock.order["items"][0]["answers"]["lock_pin"] == PIN
    assert PIN in lock.requester_page
    assert lock.seen_by_manager["items"][0]["answers"]["lock_pin"] == MASKED_PIN
    assert MASKED_PIN in lock.manager_page
    assert PIN not in lock.manager_page


def test_approvers_by_email_see_it_masked(tenant: LiveTenant, lock: Lock) -> None:
    texts = [text_of(email) for email in tenant.emails()]
    assert any(f"Lock PIN: {MASKED_PIN}" in text for text in texts), texts
    assert MASKED_PIN in lock.approval_page
    assert [text for text in [*texts, lock.approval_page] if PIN in text or NEW_PIN in text] == []


def test_the_carrier_gets_what_the_action_names_and_no_more(lock: Lock) -> None:
    (item,) = lock.sent["productOrderItem"]
    assert item["action"] == "modify"
    assert characteristics_of(lock.sent, item["id"]) == {
        "portProtection": "on",
        "MDN": lock.line.mdn,
        "portPin": PIN,
        "protectionLevel": "standard",
    }


async def test_the_carrier_is_answered_in_its_own_words(tenant: LiveTenant, lock: Lock) -> None:
    assert 'name="fields.lock_pin"' in lock.requester_page
    order = await tenant.carrier_order()
    known = characteristics_of(order, order["productOrderItem"][0]["id"])
    assert known["portPin"] == NEW_PIN
    assert known["protectedAs"] == "standard", "the simulated action has completed the item"


async def test_the_effect_changes_the_line(tenant: LiveTenant, lock: Lock) -> None:
    line = await tenant.line_of("Aaron Abbott")
    assert line.features == [*lock.line.features, "lock-standard"]


async def test_the_event_of_the_type_is_in_the_activity_and_sends_its_email(tenant: LiveTenant, lock: Lock) -> None:
    async with await tenant.people.browser("Aaron Abbott") as aaron:
        timeline = (await aaron.get(f"/api/v1/orders/{lock.done['number']}/timeline")).json()
        page = (await aaron.get(f"/orders/{lock.done['number']}")).text
    assert [entry["event"] for entry in timeline][-2:] == ["number_locked", "completed"]
    assert "<strong>Number locked</strong>" in page
    email = await tenant.wait_for_email("Locked: Lock (")
    assert "Northwind now asks for your PIN before the number can move." in text_of(email)


async def test_the_order_ends_with_the_words_of_the_type(tenant: LiveTenant, lock: Lock) -> None:
    assert lock.done["next"]["what"] == "All done. Your number is locked."
    assert "Your number is locked." in text_of(await tenant.wait_for_email("Completed"))
