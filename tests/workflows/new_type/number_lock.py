"""One order of a throw-away type, from the form to the end. Run by `test_new_type`, in a process of its own."""

import re
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

import httpx2
import pytest
from sqlmodel import col, select
from temporalio.testing import WorkflowEnvironment

from demo.postgres_server import DatabaseServer
from models import questions
from models.db.inventory.tables import LineRow
from models.db.orders.secret_answers import open_answer
from models.db.orders.tables import DraftRow, SecretAnswerRow
from models.question import MASK
from notifications.links import mask
from outbox.word_check import check_words
from runtime import logs
from tests.api.api_client import code
from tests.api.conftest import KEYRING
from tests.demo.simulator.simulator_client import characteristics_of
from tests.fixtures.database import cloned
from tests.workflows.new_type.live_tenant import LiveTenant, live_tenant, text_of
from workflows.order_type_registry import order_types_by_code

CODE = "NUMBER_LOCK"
# At submit, as the carrier asks, mistyped, one that the carrier rejects, and in orders that are not followed.
PIN, NEW_PIN, MISTYPED_PIN, WRONG_PIN, OTHER_PIN = ("48291573", "73016482", "9081726354", "95512846", "60417385")
# Asked late; the action doesn't send it.
UNLOCK_WORD = "zebrafinch"
SECRETS = (PIN, NEW_PIN, MISTYPED_PIN, WRONG_PIN, OTHER_PIN, UNLOCK_WORD)
LETTER_CODE, MASKED_LETTER_CODE = "QWX-47", "••X-47"
# A browser that sends the secret with the form, where it is not asked.
FORM = {"items": "1", "items.0.lock_pin": PIN, "instructions": "simulate: needsInfo=portPin"}
LATE = {"item": "1", "answers.letter_code": LETTER_CODE, "answers.unlock_word": UNLOCK_WORD}
HIDDEN = re.compile(r'name="(draft|reviewed)" value="([^"]+)"')
DECISION = "Good idea."
PIN_FIELD = re.compile(r"<input[^>]*lock_pin[^>]*>")


@pytest.fixture(scope="module")
async def tenant(
    postgres: DatabaseServer, company_template: str, temporal: WorkflowEnvironment
) -> AsyncIterator[LiveTenant]:
    logs.configure(as_json=True, mask=mask, secrets=questions.private_codes())
    async with cloned(postgres, company_template) as database, live_tenant(database, temporal.client) as running:
        yield running


@dataclass(frozen=True, kw_only=True)
class Lock:
    """What was seen of one order at each point; `sent` is what the carrier got first.

    `sealed` are its secrets as they were stored meanwhile, by reference, `answered_again` those after the correction.
    """

    line: LineRow
    order: dict[str, Any]
    seen_by_manager: dict[str, Any]
    manager_page: str
    review_page: str
    refused_page: str
    requester_page: str
    approval_page: str
    sent: dict[str, Any]
    sealed: dict[str, SecretAnswerRow]
    answered_again: dict[str, SecretAnswerRow]
    activation_page: str
    rejected_codes: list[tuple[int, str]]
    done_seen_by_manager: dict[str, Any]
    done_manager_page: str
    done_page: str
    refused_answer: str
    done: dict[str, Any]


@pytest.fixture(scope="module")
async def lock(tenant: LiveTenant) -> AsyncIterator[Lock]:
    """Aaron orders by the form, Marcus approves by email, the carrier asks for another PIN, and Aaron answers.

    The carrier then sends a letter, and Aaron enters its code.
    """
    line = await tenant.line_of("Aaron Abbott")
    async with (
        await tenant.people.browser("Aaron Abbott") as aaron,
        await tenant.people.browser("Dana Ortiz") as dana,
    ):
        review_page, refused_page, ref = await submit(aaron)
        order = await tenant.wait_for_status(aaron, ref, "AWAITING_APPROVAL")
        request = await tenant.wait_for_email("Aaron Abbott needs your approval")
        approval_page = await tenant.decide_by_link(request, decision="approve", comment=DECISION)
        await tenant.wait_for_status(aaron, ref, "VENDOR_INFO_REQUIRED")
        sent = await tenant.carrier_order(ref)
        requester_page = await aaron.get(f"/orders/{ref}")
        seen_by_manager = await dana.get(f"/api/v1/orders/{ref}")
        manager_page = await dana.get(f"/orders/{ref}")
        await look(tenant, ref)
        refused_answer = await aaron.post(f"/orders/{ref}/answer", data={"fields.lock_pin": MISTYPED_PIN})
        sealed = await secrets_of(tenant, ref)
        answered = await aaron.post(f"/orders/{ref}/answer", data={"fields.lock_pin": NEW_PIN, "key": "again"})
        assert answered.status_code == 303, answered.text
        await tenant.wait_for_status(aaron, ref, "AWAITING_ACTIVATION")
        answered_again = await secrets_of(tenant, ref)
        activation_page = await aaron.get(f"/orders/{ref}")
        rejected_codes = [
            await aaron.post(f"/orders/{ref}/activate", data=LATE | {"answers.letter_code": typed, "key": typed})
            for typed in ("", "QWX47")
        ]
        activated = await aaron.post(f"/orders/{ref}/activate", data=LATE | {"key": "activate"})
        assert activated.status_code == 303, activated.text
        done = await tenant.wait_for_status(aaron, ref, "COMPLETED")
        await look(tenant, ref)
        yield Lock(
            line=line,
            order=order,
            seen_by_manager=seen_by_manager.json(),
            manager_page=manager_page.text,
            review_page=review_page,
            refused_page=refused_page,
            requester_page=requester_page.text,
            approval_page=approval_page,
            sent=sent,
            sealed=sealed,
            answered_again=answered_again,
            activation_page=activation_page.text,
            rejected_codes=[(rejected.status_code, rejected.text) for rejected in rejected_codes],
            done_seen_by_manager=(await dana.get(f"/api/v1/orders/{ref}")).json(),
            done_manager_page=(await dana.get(f"/orders/{ref}")).text,
            done_page=(await aaron.get(f"/orders/{ref}")).text,
            refused_answer=refused_answer.text,
            done=done,
        )


async def submit(browser: httpx2.AsyncClient) -> tuple[str, str, str]:
    """Fill in the form, review it, mistype the PIN, submit; returns the review, the refusal and the order's ID."""
    saved = await browser.post(f"/order/{CODE}", data={**FORM, "do": "review"})
    review = await browser.get(saved.headers["location"])
    assert review.status_code == 200, review.text
    fields = dict(HIDDEN.findall(review.text))
    refused = await browser.post(f"/order/{CODE}/submit", data=fields | {"items.0.lock_pin": MISTYPED_PIN})
    assert refused.status_code == 422, refused.text
    submitted = await browser.post(f"/order/{CODE}/submit", data=fields | {"items.0.lock_pin": PIN})
    assert submitted.status_code == 303, submitted.text
    return review.text, refused.text, str(submitted.headers["location"].removeprefix("/orders/"))


async def look(tenant: LiveTenant, ref: str) -> None:
    api = [f"/api/v1/orders{path}" for path in ("", f"/{ref}", f"/{ref}/timeline", f"/{ref}/history")]
    await tenant.look_everywhere(*api, "/orders", f"/orders/{ref}", f"/admin/orders/{ref}", "/api/v1/audit")


async def secrets_of(tenant: LiveTenant, ref: str) -> dict[str, SecretAnswerRow]:
    async with tenant.people.database.transaction() as session:
        rows = await session.all(select(SecretAnswerRow).where(col(SecretAnswerRow.order_id) == ref))
    return {row.reference: row for row in rows}


def test_every_word_of_the_type_is_found() -> None:
    types = order_types_by_code()
    assert CODE in types
    check_words(types.values())


async def test_the_api_lists_the_type_with_its_questions(tenant: LiveTenant) -> None:
    async with await tenant.people.client("Aaron") as aaron:
        listed = (await aaron.get("/api/v1/order-types")).json()
        form = (await aaron.get(f"/api/v1/order-types/{CODE}")).json()
    assert (CODE, "Lock number") in [(one["code"], one["title"]) for one in listed]
    pin = form["schema"]["properties"]["items"]["items"]["properties"]["lock_pin"]
    assert (pin["title"], pin["pattern"], pin["examples"]) == ("Lock PIN", "^[0-9]{8}$", ["13572468"])
    assert pin["writeOnly"]
    assert form["example"]["answers"] == {"lock_pin": "13572468"}
    late = form["late"]["letter_code"]
    assert (late["title"], late["x-required"], late["x-answered-by"]) == ("Letter code", True, "beneficiary")
    assert "letter_code" not in form["schema"]["properties"]["items"]["items"]["properties"]
    assert form["approval_description"] == "The manager of the beneficiary's manager."


async def test_a_draft_does_not_keep_the_secret(tenant: LiveTenant) -> None:
    async with await tenant.people.browser("Aaron Abbott") as aaron:
        await aaron.post(f"/order/{CODE}", data=FORM)
        async with tenant.people.database.transaction() as session:
            draft = (await session.exec(select(DraftRow))).one()
        await aaron.post(f"/order/{CODE}/discard")
    assert draft.document["instructions"] == FORM["instructions"]
    assert draft.document["items"] == [{}]


async def test_the_form_asks_the_questions_and_shows_the_default(tenant: LiveTenant) -> None:
    async with await tenant.people.browser("Aaron Abbott") as aaron:
        page = (await aaron.get(f"/order/{CODE}")).text
    assert "Standard lock (default)" in page
    assert "Lock PIN" not in page, "a draft would keep it"


def test_the_review_asks_for_the_secret_and_shows_it_never(lock: Lock) -> None:
    for page in (lock.review_page, lock.refused_page):
        assert "Eight digits that unlock the number." in page
        (field,) = PIN_FIELD.findall(page)
        assert 'type="password"' in field
        assert 'autocomplete="off"' in field
        assert 'value=""' in field
        assert " required" in field


def test_a_wrong_secret_is_refused_with_the_sentence_of_the_question(lock: Lock) -> None:
    assert lock.refused_page.count("A lock PIN has eight digits.") == 2, "above the review, and at the field"
    assert "A lock PIN has eight digits." in lock.refused_answer
    (field,) = PIN_FIELD.findall(lock.refused_answer)
    assert 'value=""' in field


async def test_a_missing_or_wrong_secret_is_refused_without_repeating_it(tenant: LiveTenant) -> None:
    async with await tenant.people.client("Aaron Abbott") as aaron:
        for given, refusal in (({}, "ANSWER_REQUIRED"), ({"lock_pin": MISTYPED_PIN}, "ANSWER_INVALID")):
            answer = await aaron.post("/api/v1/orders", json={"type": CODE, "items": [given]})
            assert code(answer) == (422, "ORDER_REJECTED")
            assert [(one["code"], one["field"]) for one in answer.json()["errors"]] == [(refusal, "items.0.lock_pin")]


async def test_a_preview_shows_that_there_is_a_secret(tenant: LiveTenant) -> None:
    async with await tenant.people.client("Aaron Abbott") as aaron:
        quote = (
            await aaron.post("/api/v1/orders?dry_run=true", json={"type": CODE, "answers": {"lock_pin": OTHER_PIN}})
        ).json()
    answers = {one["question"]: (one["value"], one["from"]) for one in quote["items"][0]["answers"]}
    assert answers["lock_pin"] == (MASK, "you")


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


def test_everyone_sees_only_that_there_is_a_secret(tenant: LiveTenant, lock: Lock) -> None:
    for order in (lock.order, lock.seen_by_manager, lock.done):
        assert order["items"][0]["answers"]["lock_pin"] == MASK
    for page in (lock.requester_page, lock.manager_page, lock.approval_page):
        assert MASK in page
    assert any(f"Lock PIN: {MASK}" in text_of(email) for email in tenant.emails())


def test_the_approver_reads_the_flag(lock: Lock) -> None:
    assert lock.order["flags"] == ["WEAK_LOCK"]
    assert "A standard lock doesn&#39;t stop SIM changes." in lock.approval_page


async def test_the_secret_is_stored_sealed_until_the_order_has_ended(tenant: LiveTenant, lock: Lock) -> None:
    assert [open_answer(KEYRING, row) for row in lock.sealed.values()] == [PIN]
    assert await secrets_of(tenant, lock.done["id"]) == {}


async def test_a_rejection_that_repeats_the_secret_is_told_without_it(tenant: LiveTenant, lock: Lock) -> None:
    assert lock.done["closed_at"], "the line is free for another order"
    async with await tenant.people.client("Aaron Abbott") as aaron:
        body = {"type": CODE, "answers": {"lock_pin": WRONG_PIN}}
        ref = (await aaron.post("/api/v1/orders", json=body)).json()["id"]
        await tenant.wait_for_status(aaron, ref, "AWAITING_APPROVAL")
        await tenant.approve_only_request("Marcus Webb")
        await tenant.wait_for_status(aaron, ref, "VENDOR_REJECTED")
    assert await tenant.wait_for_email(f"PIN {MASK} doesn't match")
    await look(tenant, ref)
    assert any(f"PIN {MASK} doesn&#39;t match" in answer.decode() for answer in tenant.answers.values())


async def test_a_repeated_submission_is_recognized_without_its_secret(tenant: LiveTenant, lock: Lock) -> None:
    assert lock.done["closed_at"], "the line is free for another order"
    async with await tenant.people.client("Aaron Abbott") as aaron:
        orders, key = [], {"Idempotency-Key": "once"}
        for pin in (OTHER_PIN, "11223344"):
            answer = await aaron.post("/api/v1/orders", json={"type": CODE, "answers": {"lock_pin": pin}}, headers=key)
            orders.append(answer.json()["id"])
    assert orders[0] == orders[1]
    assert [open_answer(KEYRING, row) for row in (await secrets_of(tenant, orders[0])).values()] == [OTHER_PIN]


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
    (field,) = PIN_FIELD.findall(lock.requester_page)
    assert 'name="fields.lock_pin"' in field
    assert 'type="password"' in field
    order = await tenant.carrier_order(lock.done["id"])
    known = characteristics_of(order, order["productOrderItem"][0]["id"])
    assert known["portPin"] == NEW_PIN
    assert known["protectedAs"] == "standard", "the simulated action has completed the item"


def test_a_corrected_secret_is_kept_as_that_of_the_item(lock: Lock) -> None:
    """By its reference, which is the answer that everything but the carrier has."""
    assert {open_answer(KEYRING, row) for row in lock.answered_again.values()} == {PIN, NEW_PIN}
    assert lock.done_seen_by_manager["items"][0]["answers"]["lock_pin"] == MASK


async def test_the_late_question_is_asked_with_the_activation(tenant: LiveTenant, lock: Lock) -> None:
    assert "Letter code" in lock.activation_page
    assert "Six characters in the letter that the carrier sends you." in lock.activation_page
    assert "Letter code" not in lock.requester_page
    email = await tenant.wait_for_email("Activate your ")
    assert "We'll ask for this: Letter code" in text_of(email)


def test_a_late_answer_is_required_and_checked_by_its_question(lock: Lock) -> None:
    missing, invalid = lock.rejected_codes
    assert (missing[0], invalid[0]) == (422, 422)
    assert "Letter code is required." in missing[1]
    assert "A letter code looks like ABC-12." in invalid[1]
    assert 'value="QWX47"' in invalid[1]


def test_a_late_answer_is_hidden_as_its_question_says(tenant: LiveTenant, lock: Lock) -> None:
    assert lock.done["items"][0]["answers"]["letter_code"] == LETTER_CODE
    assert LETTER_CODE in lock.done_page
    assert lock.done_seen_by_manager["items"][0]["answers"]["letter_code"] == MASKED_LETTER_CODE
    assert MASKED_LETTER_CODE in lock.done_manager_page
    assert [text for text in [lock.done_manager_page, *map(text_of, tenant.emails())] if LETTER_CODE in text] == []


async def test_a_late_answer_reaches_the_carrier(tenant: LiveTenant, lock: Lock) -> None:
    assert lock.done["closed_at"]
    order = await tenant.carrier_order(lock.done["id"])
    known = characteristics_of(order, order["productOrderItem"][0]["id"])
    assert (known["confirmationCode"], known["unlockWord"]) == (LETTER_CODE, UNLOCK_WORD)


async def test_the_effect_changes_the_line(tenant: LiveTenant, lock: Lock) -> None:
    line = await tenant.line_of("Aaron Abbott")
    assert line.features == [*lock.line.features, f"lock-standard-{LETTER_CODE}"]


async def test_the_event_of_the_type_is_in_the_activity_and_sends_its_email(tenant: LiveTenant, lock: Lock) -> None:
    async with await tenant.people.browser("Aaron Abbott") as aaron:
        timeline = (await aaron.get(f"/api/v1/orders/{lock.done['number']}/timeline")).json()
        page = (await aaron.get(f"/orders/{lock.done['number']}")).text
    events = [entry["event"] for entry in timeline if entry["event"] != "delivered"]
    assert events[-2:] == ["number_locked", "completed"]
    assert "<strong>Number locked</strong>" in page
    email = await tenant.wait_for_email("Locked: Lock (")
    assert "Northwind now asks for your PIN before the number can move." in text_of(email)


async def test_the_event_opens_a_task_that_an_agent_settles(tenant: LiveTenant, lock: Lock) -> None:
    async with await tenant.people.client("Theo") as theo:
        (task,) = (await theo.get("/api/v1/tasks")).json()["items"]
        body = {"choice": "checked", "text": "Tried it, ticket 7."}
        settled = await theo.post(f"/api/v1/tasks/{task['id']}/settle", json=body)
        closed = (await theo.get(f"/api/v1/tasks/{task['id']}")).json()
    assert (task["title"], task["order"]) == ("Lock to check", lock.done["number"])
    assert task["happened"].endswith("has locked the number.")
    assert (settled.status_code, closed["outcome"]) == (200, "Checked")


async def test_the_order_ends_with_the_words_of_the_type(tenant: LiveTenant, lock: Lock) -> None:
    assert lock.done["next"]["what"] == "All done. Your number is locked."
    assert await tenant.wait_for_email("Your number is locked.")


async def test_the_secret_is_nowhere_but_at_the_carrier(tenant: LiveTenant, lock: Lock) -> None:
    """Neither as text nor, as bytes are shown, in hexadecimal digits. The logs are searched by `test_new_type`."""
    del lock
    forms = [form for secret in SECRETS for form in (secret, secret.encode().hex())]
    places = [(place, text) async for place, text in tenant.stored_and_shown()]
    assert [place for place, text in places if any(form in text for form in forms)] == []
    kinds = {place.split()[0] for place, _ in places}
    assert kinds >= {"table", "carrier", "history", "GET", "POST", "email", "metrics"}
    decision = [text for place, text in places if place.startswith("history") and DECISION in text]
    assert decision, "what was sent to the workflow is searched"
    for name in ("portPin", "unlockWord"):
        echoes = [text for place, text in places if place == "carrier event" and name in text]
        assert echoes, name
        assert all(MASK in text for text in echoes)
