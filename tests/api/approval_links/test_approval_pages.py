import asyncio
from datetime import timedelta

import httpx2
import pytest
from sqlmodel import col, select

from models.db.notifications.tables import NotificationRow
from models.db.orders.tables import OrderRow
from models.db.people.tables import PersonRow
from models.event import Event
from models.events.approval import EXPIRED
from models.events.ending import CANCELED, WITHDRAWN
from models.lifecycle import Status
from outbox.dispatcher import WAITING, DeliveryResult
from tests.api.approval_links.conftest import FROM_THE_PAGE, NONCE, ORIGIN, SIGNER, Pages
from tests.fixtures.office import TENANT, person
from tests.fixtures.statements import recorded_statements

SCANNERS: list[dict[str, str]] = [
    {"User-Agent": "Mozilla/5.0 (compatible; Microsoft Defender SafeLinks)"},
    {"User-Agent": "Barracuda Link Protection"},
    {"Sec-Purpose": "prefetch;prerender", "Purpose": "prefetch"},
    {"User-Agent": "Slackbot-LinkExpanding 1.0"},
    {},
]


async def test_the_page_shows_everything_needed_to_decide(pages: Pages) -> None:
    await pages.change(OrderRow, (TENANT, pages.office.order.id), flags=["OUT_OF_POLICY"])
    await pages.office.request_approval("maria", "otto")
    page = await pages.open()
    for shown in (
        "Erin Walsh", "Ben Ortiz", "iPhone 17 Pro 256 GB with Business Unlimited", "International roaming",
        "$1,029.00", "$45.50", "$2,121.00", "CC-100 (one-time), CC-200 (monthly)", "Starts in sales on Monday.",
        "Out of policy", "Maria Lopez is Ben Ortiz&#39;s manager.", "Mon, Nov 30, 2026, 9:00 AM", "Otto Grant",
        "You're deciding as <strong>Maria Lopez</strong>",
    ):  # fmt: skip
        assert shown in page.text
    assert "490154203237518" not in page.text


@pytest.mark.parametrize(("decision", "comment"), [
    ("approve", ""), ("approve", "Fine."), ("reject", "Too expensive."), ("request_info", "Why the large one?"),
])  # fmt: skip
async def test_the_form_records_the_decision_in_the_outbox(pages: Pages, decision: str, comment: str) -> None:
    await pages.office.request_approval("maria")
    answer = await pages.submit(await pages.open(), decision=decision, comment=comment)
    (message,) = await pages.messages()
    assert (message.name, message.kind, message.state) == (decision, "update", "done")
    assert message.payload["actor"] == {
        "kind": "person", "id": "maria", "name": "Maria Lopez", "channel": "email_link",
    }  # fmt: skip
    assert (message.payload["round"], message.payload["stage"]) == (1, 1)
    assert message.payload["text" if decision == "request_info" else "comment"] == comment
    assert answer.status_code == 200
    assert "Maria Lopez" in answer.text
    assert [link.state for link in await pages.links()] == ["used"]


async def test_opening_the_link_fifty_times_changes_nothing(pages: Pages) -> None:
    await pages.office.request_approval("maria")
    url = await pages.url()
    for attempt in range(50):
        async with pages.browser() as scanner:
            method = "HEAD" if attempt % 5 == 4 else "GET"
            headers = SCANNERS[attempt % len(SCANNERS)]
            response = await scanner.request(method, url, headers=headers, follow_redirects=True)
            assert response.status_code == 200
            await scanner.request("OPTIONS", url)
    assert not await pages.messages()
    assert [link.state for link in await pages.links()] == ["live"]
    assert (await pages.submit(await pages.open(), decision="approve")).status_code == 200
    assert len(await pages.messages()) == 1


@pytest.mark.parametrize("decision", ["", "approve_all", "APPROVE", "cancel"])
async def test_an_unknown_decision_is_rejected(pages: Pages, decision: str) -> None:
    await pages.office.request_approval("maria")
    answer = await pages.submit(await pages.open(), decision=decision)
    assert answer.status_code == 422
    assert "Choose to approve, reject, or ask for more info." in answer.text
    assert not await pages.messages()


@pytest.mark.parametrize(("decision", "missing"), [("reject", "a reason"), ("request_info", "your question")])
async def test_rejecting_and_asking_require_a_comment(pages: Pages, decision: str, missing: str) -> None:
    await pages.office.request_approval("maria")
    answer = await pages.submit(await pages.open(), decision=decision, comment="  ")
    assert answer.status_code == 422
    assert f"Enter {missing}" in answer.text
    assert [link.state for link in await pages.links()] == ["live"]


async def test_a_comment_that_is_too_long_is_kept_in_the_form(pages: Pages) -> None:
    await pages.office.request_approval("maria")
    answer = await pages.submit(await pages.open(), decision="approve", comment="x" * 2001)
    assert answer.status_code == 422
    assert "x" * 2001 in answer.text


async def test_twenty_concurrent_posts_make_one_decision(pages: Pages) -> None:
    await pages.office.request_approval("maria")
    page = await pages.open()
    answers = await asyncio.gather(*(pages.submit(page, decision="approve") for _ in range(20)))
    assert len(await pages.messages()) == 1
    assert sorted({answer.status_code for answer in answers}) == [200, 409]
    assert all("Maria Lopez approved this order" in answer.text for answer in answers)


async def test_a_decision_sends_few_statements(pages: Pages) -> None:
    """The order is read once, after it is locked. Two of them are those of the fake dispatcher."""
    await pages.office.request_approval("maria")
    page = await pages.open()
    async with recorded_statements(pages.office.database) as seen:
        await pages.submit(page, follow_redirects=False, decision="approve")
    assert len(seen) <= 20, seen


async def test_a_second_click_shows_the_recorded_decision(pages: Pages) -> None:
    await pages.office.request_approval("maria")
    page = await pages.open()
    await pages.submit(page, decision="reject", comment="Too expensive.")
    await pages.office.reject("maria", "Too expensive.")
    for again in (await pages.open(), await pages.submit(page, decision="approve")):
        assert "Maria Lopez rejected this order" in again.text
        assert "Too expensive." in again.text
        assert "Mon, Nov 16, 2026, 9:00 AM" in again.text
    assert len(await pages.messages()) == 1


async def test_a_decision_is_stored_while_temporal_is_unreachable(pages: Pages) -> None:
    pages.dispatcher.answer = WAITING
    await pages.office.request_approval("maria")
    answer = await pages.submit(await pages.open(), decision="approve")
    assert answer.status_code == 200
    assert "Your decision is being processed" in answer.text
    assert "approved this order" not in answer.text
    assert [message.state for message in await pages.messages()] == ["waiting"]


async def test_a_rejected_decision_shows_the_reason_and_frees_the_link(pages: Pages) -> None:
    pages.dispatcher.answer = DeliveryResult(
        state="rejected", code="ACTION_NOT_ALLOWED", detail="The order is on hold."
    )
    await pages.office.request_approval("maria")
    answer = await pages.submit(await pages.open(), decision="approve")
    assert answer.status_code == 409
    assert "The order is on hold." in answer.text
    assert [link.state for link in await pages.links()] == ["live"]
    pages.dispatcher.answer = DeliveryResult(state="done")
    assert (await pages.submit(await pages.open(), decision="approve")).status_code == 200


async def test_a_second_link_shows_the_decision_made_with_the_first(pages: Pages) -> None:
    await pages.office.request_approval("maria")
    await pages.submit(await pages.open(), decision="approve")
    await pages.office.remind()
    page = await pages.open()
    assert "Maria Lopez approved this order" in page.text
    assert (await pages.submit(page, decision="reject", comment="No.")).status_code in {403, 409}
    assert len(await pages.messages()) == 1


async def test_the_page_names_another_approver_who_decided(pages: Pages) -> None:
    await pages.office.request_approval("maria", "otto")
    page = await pages.open("otto")
    await pages.office.approve("maria")
    for answer in (await pages.open("otto"), await pages.submit(page, decision="reject", comment="No.")):
        assert answer.status_code in {409, 410}
        assert "Maria Lopez approved this order on Mon, Nov 16, 2026, 9:00 AM." in answer.text
        assert "Email me a new link" not in answer.text
    assert not await pages.messages()


@pytest.mark.parametrize(("event", "status", "reason"), [
    (WITHDRAWN, Status.WITHDRAWN, "the order was canceled"),
    (CANCELED, Status.CANCELED, "the order was canceled"),
    (EXPIRED, Status.EXPIRED, "No one decided by Mon, Nov 30, 2026"),
])  # fmt: skip
async def test_the_link_of_a_closed_order_shows_the_reason(
    pages: Pages, event: Event, status: Status, reason: str
) -> None:
    await pages.office.request_approval("maria")
    page = await pages.open()
    await pages.office.write(event, status, person("erin"), round=1, stage=1)
    for answer in (await pages.open(), await pages.submit(page, decision="approve")):
        assert reason in answer.text
    assert not await pages.messages()


async def test_the_link_of_a_reassigned_request_names_the_new_approver(pages: Pages) -> None:
    await pages.office.request_approval("maria")
    await pages.office.reassign("maria", "otto")
    answer = await pages.open("maria")
    assert "the request was reassigned to Otto Grant" in answer.text
    assert (await pages.open("otto")).status_code == 200


async def test_a_question_revokes_the_link_and_the_next_round_has_a_new_one(pages: Pages) -> None:
    await pages.office.request_approval("maria")
    (old,) = await pages.links()
    await pages.office.question("maria")
    assert "Maria Lopez asked a question" in (await pages.open()).text
    await pages.office.request_approval("maria", round_=2, after_info=True)
    stale = await pages.client.get(SIGNER.url(old.id).removeprefix(ORIGIN), follow_redirects=True)
    assert stale.status_code == 410
    answer = await pages.submit(await pages.open(), decision="approve")
    assert answer.status_code == 200
    assert (await pages.messages())[0].payload["round"] == 2


async def new_links(pages: Pages) -> list[NotificationRow]:
    async with pages.office.database.transaction() as session:
        rows = await session.exec(select(NotificationRow).where(col(NotificationRow.event) == "new_link"))
        return list(rows.all())


async def test_an_expired_link_offers_a_new_one_by_email(pages: Pages) -> None:
    await pages.office.request_approval("maria")
    pages.office.clock += timedelta(days=4)
    page = await pages.open()
    assert page.status_code == 410
    assert "This link expired on Thu, Nov 19, 2026" in page.text
    answer = await request_new_link(pages, page)
    assert "m…@acme.example.com" in answer.text
    (row,) = await new_links(pages)
    assert row.address == "maria@acme.example.com"
    assert (await pages.submit(await pages.open(), decision="approve")).status_code == 200


async def request_new_link(pages: Pages, page: httpx2.Response) -> httpx2.Response:
    found = NONCE.search(page.text)
    assert found is not None
    return await pages.client.post(f"{page.url.path}/new-link", data={"nonce": found[1]}, headers=FROM_THE_PAGE)


async def test_a_new_link_is_sent_only_from_the_page_s_own_form(pages: Pages) -> None:
    await pages.office.request_approval("maria")
    pages.office.clock += timedelta(days=4)
    page = await pages.open()
    assert (await pages.client.get(f"{page.url.path}/new-link")).status_code == 405
    rejected = await pages.client.post(f"{page.url.path}/new-link", headers=FROM_THE_PAGE)
    assert rejected.status_code == 403
    assert not await new_links(pages)


async def test_a_changed_order_needs_a_new_link(pages: Pages) -> None:
    await pages.office.request_approval("maria")
    page = await pages.open()
    await pages.change(OrderRow, (TENANT, pages.office.order.id), cost_center_one_time="CC-999")
    answer = await pages.submit(page, decision="approve")
    assert answer.status_code == 409
    assert "The order changed after this link was sent." in answer.text
    assert "CC-999" in answer.text
    assert not await pages.messages()
    await request_new_link(pages, await pages.open())
    assert (await pages.submit(await pages.open(), decision="approve")).status_code == 200


async def test_an_approver_who_became_an_auditor_cannot_decide(pages: Pages) -> None:
    await pages.office.request_approval("maria")
    page = await pages.open()
    await pages.change(PersonRow, (TENANT, "maria"), roles=["auditor"])
    rejected = await pages.submit(page, decision="approve")
    assert rejected.status_code == 409
    assert "can no longer approve orders" in rejected.text
    assert await pages.messages() == []


async def test_the_page_says_what_the_carrier_charges(pages: Pages) -> None:
    async with pages.office.database.transaction() as session:
        row = await session.get_one(OrderRow, (TENANT, pages.office.order.id))
        row.ruling = {**(row.ruling or {}), "carrier_quotes": [{"eligible": True, "etf": "120.00"}]}
    await pages.office.request_approval("maria")
    assert "The carrier charges $120.00 for ending the contract early." in (await pages.open()).text
