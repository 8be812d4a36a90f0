import asyncio
from datetime import timedelta

import httpx2
import pytest
from sqlmodel import col, select

from models.db.notifications.tables import NotificationRow
from models.db.orders.tables import OrderRow
from models.db.people.tables import PersonRow
from models.lifecycle import Event, Status
from outbox.dispatcher import WAITING, Delivery
from tests.api.approval_links.conftest import FROM_THE_PAGE, NONCE, ORIGIN, SIGNER, Pages
from tests.fixtures.office import TENANT, person

SCANNERS: list[dict[str, str]] = [
    {"User-Agent": "Mozilla/5.0 (compatible; Microsoft Defender SafeLinks)"},
    {"User-Agent": "Barracuda Link Protection"},
    {"Sec-Purpose": "prefetch;prerender", "Purpose": "prefetch"},
    {"User-Agent": "Slackbot-LinkExpanding 1.0"},
    {},
]


async def test_the_page_shows_what_is_needed_to_decide(pages: Pages) -> None:
    await pages.change(OrderRow, (TENANT, pages.office.order.id), flags=["OUT_OF_POLICY"])
    await pages.office.ask("maria", "otto")
    page = await pages.open()
    for shown in (
        "Erin Walsh", "Ben Ortiz", "iPhone 17 Pro 256 GB with Business Unlimited", "International roaming",
        "$1,029.00", "$45.50", "$2,121.00", "CC-100 (once), CC-200 (monthly)", "Starts in sales on Monday.",
        "Outside the policy", "Maria Lopez is Ben Ortiz&#39;s manager.", "Mon, Nov 30, 2026, 9:00 AM CST", "Otto Grant",
        "You decide as <strong>Maria Lopez</strong>",
    ):  # fmt: skip
        assert shown in page.text
    assert "490154203237518" not in page.text


@pytest.mark.parametrize(("choice", "words"), [
    ("approve", ""), ("approve", "Fine."), ("reject", "Too expensive."), ("request_info", "Why the large one?"),
])  # fmt: skip
async def test_the_form_records_the_decision_in_the_outbox(pages: Pages, choice: str, words: str) -> None:
    await pages.office.ask("maria")
    answer = await pages.press(await pages.open(), decision=choice, comment=words)
    (said,) = await pages.said()
    assert (said.name, said.kind, said.state) == (choice, "update", "done")
    assert said.payload["actor"] == {
        "kind": "person", "id": "maria", "name": "Maria Lopez", "channel": "email_link", "on_behalf_of": None,
        "admin": False,
    }  # fmt: skip
    assert (said.payload["round"], said.payload["stage"]) == (1, 1)
    assert said.payload["text" if choice == "request_info" else "comment"] == words
    assert answer.status_code == 200
    assert "Maria Lopez" in answer.text
    assert [link.state for link in await pages.links()] == ["used"]


async def test_looking_fifty_times_changes_nothing_and_then_a_person_decides(pages: Pages) -> None:
    await pages.office.ask("maria")
    url = await pages.url()
    for look in range(50):
        async with pages.browser() as scanner:
            method = "HEAD" if look % 5 == 4 else "GET"
            headers = SCANNERS[look % len(SCANNERS)]
            seen = await scanner.request(method, url, headers=headers, follow_redirects=True)
            assert seen.status_code == 200
            await scanner.request("OPTIONS", url)
    assert not await pages.said()
    assert [link.state for link in await pages.links()] == ["live"]
    assert (await pages.press(await pages.open(), decision="approve")).status_code == 200
    assert len(await pages.said()) == 1


@pytest.mark.parametrize("word", ["", "approve_all", "APPROVE", "cancel"])
async def test_only_the_three_choices_are_decisions(pages: Pages, word: str) -> None:
    await pages.office.ask("maria")
    answer = await pages.press(await pages.open(), decision=word)
    assert answer.status_code == 422
    assert "Please choose what you decide." in answer.text
    assert not await pages.said()


@pytest.mark.parametrize(("choice", "wanted"), [("reject", "a reason"), ("request_info", "your question")])
async def test_rejecting_and_asking_take_words(pages: Pages, choice: str, wanted: str) -> None:
    await pages.office.ask("maria")
    answer = await pages.press(await pages.open(), decision=choice, comment="  ")
    assert answer.status_code == 422
    assert f"Please write {wanted}" in answer.text
    assert [link.state for link in await pages.links()] == ["live"]


async def test_a_comment_too_long_comes_back_to_be_shortened(pages: Pages) -> None:
    await pages.office.ask("maria")
    answer = await pages.press(await pages.open(), decision="approve", comment="x" * 2001)
    assert answer.status_code == 422
    assert "x" * 2001 in answer.text


async def test_twenty_posts_at_once_make_one_decision(pages: Pages) -> None:
    await pages.office.ask("maria")
    page = await pages.open()
    answers = await asyncio.gather(*(pages.press(page, decision="approve") for _ in range(20)))
    assert len(await pages.said()) == 1
    assert sorted({answer.status_code for answer in answers}) == [200, 409]
    assert all("Maria Lopez approved this order" in answer.text for answer in answers)


async def test_a_second_click_says_what_was_recorded_by_whom_and_when(pages: Pages) -> None:
    await pages.office.ask("maria")
    page = await pages.open()
    await pages.press(page, decision="reject", comment="Too expensive.")
    await pages.office.reject("maria", "Too expensive.")
    for again in (await pages.open(), await pages.press(page, decision="approve")):
        assert "Maria Lopez rejected this order" in again.text
        assert "Too expensive." in again.text
        assert "Mon, Nov 16, 2026, 9:00 AM CST" in again.text
    assert len(await pages.said()) == 1


async def test_while_temporal_is_away_the_decision_is_kept_and_the_page_says_so(pages: Pages) -> None:
    pages.dispatcher.answer = WAITING
    await pages.office.ask("maria")
    answer = await pages.press(await pages.open(), decision="approve")
    assert answer.status_code == 200
    assert "Being told of your decision" in answer.text
    assert [said.state for said in await pages.said()] == ["waiting"]


async def test_a_refused_decision_says_why_and_gives_the_link_back(pages: Pages) -> None:
    pages.dispatcher.answer = Delivery(state="refused", code="ILLEGAL_TRANSITION", detail="The order is on hold.")
    await pages.office.ask("maria")
    answer = await pages.press(await pages.open(), decision="approve")
    assert answer.status_code == 409
    assert "The order is on hold." in answer.text
    assert [link.state for link in await pages.links()] == ["live"]
    pages.dispatcher.answer = Delivery(state="done")
    assert (await pages.press(await pages.open(), decision="approve")).status_code == 200


async def test_a_second_link_to_the_same_question_shows_the_decision_made_by_the_first(pages: Pages) -> None:
    await pages.office.ask("maria")
    await pages.press(await pages.open(), decision="approve")
    await pages.office.remind()
    page = await pages.open()
    assert "Maria Lopez approved this order" in page.text
    assert (await pages.press(page, decision="reject", comment="No.")).status_code in {403, 409}
    assert len(await pages.said()) == 1


async def test_when_somebody_else_has_decided_the_page_names_them(pages: Pages) -> None:
    await pages.office.ask("maria", "otto")
    page = await pages.open("otto")
    await pages.office.approve("maria")
    for answer in (await pages.open("otto"), await pages.press(page, decision="reject", comment="No.")):
        assert answer.status_code in {409, 410}
        assert "Maria Lopez approved this order on Mon, Nov 16, 2026, 9:00 AM CST." in answer.text
        assert "Mail me a fresh link" not in answer.text
    assert not await pages.said()


@pytest.mark.parametrize(("event", "status", "why"), [
    (Event.WITHDRAWN, Status.WITHDRAWN, "the order was withdrawn"),
    (Event.CANCELED, Status.CANCELED, "the order was canceled"),
    (Event.EXPIRED, Status.EXPIRED, "Nobody decided until Mon, Nov 30, 2026"),
])  # fmt: skip
async def test_the_link_of_an_ended_order_explains_itself(pages: Pages, event: Event, status: Status, why: str) -> None:
    await pages.office.ask("maria")
    page = await pages.open()
    await pages.office.write(event, status, person("erin"), round=1, stage=1)
    for answer in (await pages.open(), await pages.press(page, decision="approve")):
        assert why in answer.text
    assert not await pages.said()


async def test_a_reassigned_link_says_to_whom_the_request_went(pages: Pages) -> None:
    await pages.office.ask("maria")
    await pages.office.hand_over("maria", "otto")
    answer = await pages.open("maria")
    assert "the request was handed to Otto Grant" in answer.text
    assert (await pages.open("otto")).status_code == 200


async def test_a_question_kills_the_link_and_the_next_round_brings_a_new_one(pages: Pages) -> None:
    await pages.office.ask("maria")
    (old,) = await pages.links()
    await pages.office.question("maria")
    assert "Maria Lopez asked a question" in (await pages.open()).text
    await pages.office.ask("maria", round_=2, after_info=True)
    stale = await pages.client.get(SIGNER.url(old.id).removeprefix(ORIGIN), follow_redirects=True)
    assert stale.status_code == 410
    answer = await pages.press(await pages.open(), decision="approve")
    assert answer.status_code == 200
    assert (await pages.said())[0].payload["round"] == 2


async def fresh_links(pages: Pages) -> list[NotificationRow]:
    async with pages.office.database.transaction() as session:
        rows = await session.exec(select(NotificationRow).where(col(NotificationRow.event) == "fresh_link"))
        return list(rows.all())


async def test_an_expired_link_offers_a_fresh_one_to_the_registered_address(pages: Pages) -> None:
    await pages.office.ask("maria")
    pages.office.clock += timedelta(days=4)
    page = await pages.open()
    assert page.status_code == 410
    assert "This link was good until Thu, Nov 19, 2026" in page.text
    answer = await send_fresh(pages, page)
    assert "m…@acme.example.com" in answer.text
    (row,) = await fresh_links(pages)
    assert row.address == "maria@acme.example.com"
    assert (await pages.press(await pages.open(), decision="approve")).status_code == 200


async def send_fresh(pages: Pages, page: httpx2.Response) -> httpx2.Response:
    found = NONCE.search(page.text)
    assert found is not None
    return await pages.client.post(f"{page.url.path}/fresh-link", data={"nonce": found[1]}, headers=FROM_THE_PAGE)


async def test_a_fresh_link_is_not_mailed_without_the_page_s_own_form(pages: Pages) -> None:
    await pages.office.ask("maria")
    pages.office.clock += timedelta(days=4)
    page = await pages.open()
    assert (await pages.client.get(f"{page.url.path}/fresh-link")).status_code == 405
    refused = await pages.client.post(f"{page.url.path}/fresh-link", headers=FROM_THE_PAGE)
    assert refused.status_code == 403
    assert not await fresh_links(pages)


async def test_an_order_changed_since_the_mail_needs_a_fresh_link(pages: Pages) -> None:
    await pages.office.ask("maria")
    page = await pages.open()
    await pages.change(OrderRow, (TENANT, pages.office.order.id), cost_center_one_time="CC-999")
    answer = await pages.press(page, decision="approve")
    assert answer.status_code == 409
    assert "The order has changed since this e-mail was sent" in answer.text
    assert "CC-999" in answer.text
    assert not await pages.said()
    await send_fresh(pages, await pages.open())
    assert (await pages.press(await pages.open(), decision="approve")).status_code == 200


async def test_a_link_of_somebody_who_became_an_auditor_decides_nothing(pages: Pages) -> None:
    await pages.office.ask("maria")
    page = await pages.open()
    await pages.change(PersonRow, (TENANT, "maria"), roles=["auditor"])
    refused = await pages.press(page, decision="approve")
    assert refused.status_code == 409
    assert "may not decide about orders any more" in refused.text
    assert await pages.said() == []
