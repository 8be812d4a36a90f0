import asyncio
import logging
from dataclasses import replace
from datetime import timedelta
from typing import Any

import httpx2
import pytest
from sqlmodel import col, select

from api.approvals.guards import Strangers
from models.db.tables import ApprovalRow, NotificationRow, OrderRow, PersonRow, PolicyRow
from models.lifecycle import Event, Status
from notifications.links import Purpose, Signer
from outbox.courier import WAITING, Delivery
from tests.api.pages.conftest import FROM_THE_PAGE, NONCE, ORIGIN, SIGNER, Pages
from tests.fixtures.office import TENANT, person

SCANNERS: list[dict[str, str]] = [
    {"User-Agent": "Mozilla/5.0 (compatible; Microsoft Defender SafeLinks)"},
    {"User-Agent": "Barracuda Link Protection"},
    {"Sec-Purpose": "prefetch;prerender", "Purpose": "prefetch"},
    {"User-Agent": "Slackbot-LinkExpanding 1.0"},
    {},
]


async def change(pages: Pages, table: Any, key: Any, **values: Any) -> None:
    async with pages.office.database.transaction() as session:
        row = await session.get_one(table, key)
        for name, value in values.items():
            setattr(row, name, value)


async def test_the_page_shows_what_is_needed_to_decide(pages: Pages) -> None:
    await change(pages, OrderRow, (TENANT, pages.office.order.id), flags=["OUT_OF_POLICY"])
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


async def test_the_signed_address_gives_way_to_a_clean_one(pages: Pages) -> None:
    await pages.office.ask("maria")
    answer = await pages.client.get(await pages.url())
    (link,) = await pages.links()
    assert (answer.status_code, answer.headers["location"]) == (303, f"/approvals/{link.approval_id}")
    assert answer.headers["referrer-policy"] == "no-referrer"
    assert answer.headers["cache-control"] == "no-store"
    cookie = answer.headers["set-cookie"]
    for wanted in ("HttpOnly", "SameSite=lax", f"Path=/approvals/{link.approval_id}", "Max-Age=3600"):
        assert wanted in cookie
    assert (await pages.url()).rsplit("/", 1)[1] not in cookie


async def test_the_clean_page_can_send_its_form_and_is_not_kept_or_found(pages: Pages) -> None:
    await pages.office.ask("maria")
    headers = (await pages.open()).headers
    assert headers["referrer-policy"] == "same-origin"
    assert headers["cache-control"] == "no-store"
    assert "noindex" in headers["x-robots-tag"]
    assert "default-src 'none'" in headers["content-security-policy"]
    assert "script" not in headers["content-security-policy"]


async def test_the_page_has_no_script_and_asks_nobody_else(pages: Pages) -> None:
    await pages.office.ask("maria")
    text = (await pages.open()).text
    assert "<script" not in text
    assert "http-equiv" not in text
    assert "//" not in text.replace("<!doctype html>", "")


async def test_the_secure_flag_follows_the_public_address(pages: Pages) -> None:
    await pages.office.ask("maria")
    pages.app.state.services = replace(pages.app.state.services, public_url="https://dialtone.test")
    answer = await pages.client.get(await pages.url())
    assert "Secure" in answer.headers["set-cookie"]


@pytest.mark.parametrize("broken", [
    {"data": {"decision": "approve"}},
    {"data": {"decision": "approve", "nonce": "made-up"}},
    {"headers": {}},
    {"headers": {"Sec-Fetch-Site": "cross-site", "Origin": "https://evil.example.com"}},
    {"headers": {"Sec-Fetch-Site": "same-site", "Origin": ORIGIN}},
    {"headers": {"Sec-Fetch-Site": "none"}},
    {"headers": {"Origin": "null"}},
    {"headers": {"Origin": "http://dialtone.test.evil.example.com"}},
], ids=str)  # fmt: skip
async def test_a_form_without_nonce_or_from_elsewhere_is_refused(pages: Pages, broken: dict[str, Any]) -> None:
    await pages.office.ask("maria")
    page = await pages.open()
    nonce = SIGNER.grant(Purpose.FORM, (await pages.links())[0].id)
    whole = {"data": {"decision": "approve", "nonce": nonce}, "headers": FROM_THE_PAGE} | broken
    answer = await pages.client.post(page.url.path, **whole)
    assert answer.status_code == 403
    assert not await pages.said()


async def test_a_browser_that_names_only_its_origin_may_decide(pages: Pages) -> None:
    await pages.office.ask("maria")
    page = await pages.open()
    nonce = SIGNER.grant(Purpose.FORM, (await pages.links())[0].id)
    answer = await pages.client.post(
        page.url.path, data={"decision": "approve", "nonce": nonce}, headers={"Origin": ORIGIN}
    )
    assert answer.status_code == 303


async def test_the_nonce_of_one_link_is_no_good_for_another(pages: Pages) -> None:
    await pages.office.ask("maria", "otto")
    page = await pages.open("maria")
    nonce = SIGNER.grant(Purpose.FORM, (await pages.links("otto"))[0].id)
    answer = await pages.client.post(page.url.path, data={"decision": "approve", "nonce": nonce}, headers=FROM_THE_PAGE)
    assert answer.status_code == 403


async def test_the_cookie_of_one_approval_opens_no_other(pages: Pages) -> None:
    await pages.office.ask("maria", "otto")
    await pages.open("maria")
    (other,) = await pages.links("otto")
    visit = SIGNER.grant(Purpose.VISIT, (await pages.links("maria"))[0].id)
    answer = await pages.client.get(f"/approvals/{other.approval_id}", headers={"Cookie": f"dialtone_visit={visit}"})
    assert answer.status_code == 404


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
    pages.courier.answer = WAITING
    await pages.office.ask("maria")
    answer = await pages.press(await pages.open(), decision="approve")
    assert answer.status_code == 200
    assert "Being told of your decision" in answer.text
    assert [said.state for said in await pages.said()] == ["waiting"]


async def test_a_refused_decision_says_why_and_gives_the_link_back(pages: Pages) -> None:
    pages.courier.answer = Delivery(state="refused", code="ILLEGAL_TRANSITION", detail="The order is on hold.")
    await pages.office.ask("maria")
    answer = await pages.press(await pages.open(), decision="approve")
    assert answer.status_code == 409
    assert "The order is on hold." in answer.text
    assert [link.state for link in await pages.links()] == ["live"]
    pages.courier.answer = Delivery(state="done")
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
    (Event.CANCELLED, Status.CANCELLED, "the order was cancelled"),
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
    await change(pages, OrderRow, (TENANT, pages.office.order.id), cost_centre_one_time="CC-999")
    answer = await pages.press(page, decision="approve")
    assert answer.status_code == 409
    assert "The order has changed since this e-mail was sent" in answer.text
    assert "CC-999" in answer.text
    assert not await pages.said()
    await send_fresh(pages, await pages.open())
    assert (await pages.press(await pages.open(), decision="approve")).status_code == 200


@pytest.mark.parametrize(("table", "key", "changed"), [
    (PersonRow, (TENANT, "maria"), {"active": False}),
    (PersonRow, (TENANT, "maria"), {"email": "new@acme.example.com"}),
    (PolicyRow, (TENANT, 1), {"document": {"email_decisions": False}}),
    (ApprovalRow, None, {"approver_id": "erin"}),
    (ApprovalRow, None, {"approver_id": "ben"}),
], ids=["left", "address changed", "switched off", "requester", "beneficiary"])  # fmt: skip
async def test_who_may_decide_is_looked_at_again_when_the_link_is_used(
    pages: Pages, table: Any, key: Any, changed: dict[str, Any]
) -> None:
    await pages.office.ask("maria")
    page = await pages.open()
    (link,) = await pages.links()
    await change(pages, table, key or (TENANT, link.approval_id), **changed)
    answer = await pages.press(page, decision="approve")
    assert answer.status_code == 409
    assert not await pages.said()
    assert (await pages.links())[0].state == "live"


async def test_all_that_is_no_link_of_ours_looks_the_same(pages: Pages) -> None:
    await pages.office.ask("maria")
    good = (await pages.url()).rsplit("/", 1)[1]
    forged = Signer(["stolen"], ORIGIN).url((await pages.links())[0].id).rsplit("/", 1)[1]
    unknown = SIGNER.url("01JD7Z9Q3N8V6M2K4T5R7W9X0Y").rsplit("/", 1)[1]
    answers = [await pages.client.get(f"/approve/{one}") for one in (good[:-1], forged, unknown, "x")]
    answers.append(await pages.client.get("/approvals/01JD7Z9Q3N8V6M2K4T5R7W9X0Y"))
    assert {(one.status_code, one.text) for one in answers} == {(404, answers[0].text)}


async def test_a_link_that_expired_long_ago_looks_like_none(pages: Pages) -> None:
    await pages.office.ask("maria")
    pages.office.clock += timedelta(days=60)
    assert (await pages.open()).status_code == 404


async def test_guessing_is_slowed_down_and_good_links_are_not(pages: Pages) -> None:
    await pages.office.ask("maria")
    answers = [await pages.client.get("/approve/x") for _ in range(21)]
    assert [one.status_code for one in answers] == [404] * 20 + [429]
    assert (await pages.open()).status_code == 200


def test_strangers_are_forgotten_after_a_while() -> None:
    now = [0.0]
    strangers = Strangers(most=1, seconds=60, addresses=2, clock=lambda: now[0])
    assert [strangers.too_many("a") for _ in range(2)] == [False, True]
    now[0] = 61
    assert not strangers.too_many("a")
    assert not any(strangers.too_many(one) for one in ("b", "c"))
    assert len(strangers._seen) == 2


async def test_text_from_people_stays_text(pages: Pages) -> None:
    await change(pages, OrderRow, (TENANT, pages.office.order.id), reason="<script>alert(1)</script>")
    await pages.office.ask("maria")
    assert "<script" not in (await pages.open()).text


async def test_no_signature_reaches_a_log(
    pages: Pages, capsys: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    await pages.office.ask("maria")
    await pages.press(await pages.open(), decision="approve")
    await pages.client.get("/approve/x")
    signed = (await pages.url()).rsplit("/", 1)[1]
    printed = capsys.readouterr()
    assert "/approvals/" in printed.out + printed.err + caplog.text
    # The test's own HTTP client logs the addresses it asks for; the server must not.
    ours = "\n".join(one.getMessage() for one in caplog.records if not one.name.startswith("httpx2"))
    assert signed not in printed.out + printed.err + ours


async def test_no_signature_reaches_the_database(pages: Pages) -> None:
    await pages.office.ask("maria")
    await pages.press(await pages.open(), decision="approve")
    signature = (await pages.url()).rsplit(".", 1)[1]
    (said,) = await pages.said()
    assert signature not in str(said.model_dump())
