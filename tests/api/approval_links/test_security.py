import logging
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from api.auth.rate_limits import BadLinkLimiter
from models.db.catalog.tables import PolicyRow
from models.db.orders.tables import OrderRow
from models.db.people.tables import PersonRow
from models.db.sites.tables import SiteRow
from notifications.links import Purpose, Signer
from tests.api.approval_links.conftest import FROM_THE_PAGE, ORIGIN, SIGNER, Pages
from tests.fixtures.office import TENANT


async def test_the_signed_url_redirects_to_one_without_the_token(pages: Pages) -> None:
    await pages.office.request_approval("maria")
    answer = await pages.client.get(await pages.url())
    (link,) = await pages.links()
    assert (answer.status_code, answer.headers["location"]) == (303, f"/approval-links/{link.approval_id}")
    assert answer.headers["referrer-policy"] == "no-referrer"
    assert answer.headers["cache-control"] == "no-store"
    cookie = answer.headers["set-cookie"]
    for attribute in ("HttpOnly", "SameSite=lax", f"Path=/approval-links/{link.approval_id}", "Max-Age=3600"):
        assert attribute in cookie
    assert (await pages.url()).rsplit("/", 1)[1] not in cookie


async def test_the_page_sends_its_origin_and_is_neither_cached_nor_indexed(pages: Pages) -> None:
    await pages.office.request_approval("maria")
    headers = (await pages.open()).headers
    assert headers["referrer-policy"] == "same-origin"
    assert headers["cache-control"] == "no-store"
    assert "noindex" in headers["x-robots-tag"]
    assert "default-src 'none'" in headers["content-security-policy"]
    assert "script" not in headers["content-security-policy"]


async def test_the_page_has_no_script_and_no_external_resources(pages: Pages) -> None:
    await pages.office.request_approval("maria")
    text = (await pages.open()).text
    assert "<script" not in text
    assert "http-equiv" not in text
    assert "//" not in text.replace("<!doctype html>", "")


async def test_the_cookie_is_secure_if_the_public_url_is_https(pages: Pages) -> None:
    await pages.office.request_approval("maria")
    pages.app.state.services = replace(pages.app.state.services, public_url="https://dialtone.test")
    answer = await pages.client.get(await pages.url())
    assert "Secure" in answer.headers["set-cookie"]


@pytest.mark.parametrize("change", [
    {"data": {"decision": "approve"}},
    {"data": {"decision": "approve", "nonce": "made-up"}},
    {"headers": {}},
    {"headers": {"Sec-Fetch-Site": "cross-site", "Origin": "https://evil.example.com"}},
    {"headers": {"Sec-Fetch-Site": "same-site", "Origin": ORIGIN}},
    {"headers": {"Sec-Fetch-Site": "none"}},
    {"headers": {"Origin": "null"}},
    {"headers": {"Origin": "http://dialtone.test.evil.example.com"}},
], ids=str)  # fmt: skip
async def test_a_form_without_nonce_or_from_another_site_is_rejected(pages: Pages, change: dict[str, Any]) -> None:
    await pages.office.request_approval("maria")
    page = await pages.open()
    nonce = SIGNER.sign_token(Purpose.FORM, (await pages.links())[0].id)
    request = {"data": {"decision": "approve", "nonce": nonce}, "headers": FROM_THE_PAGE} | change
    answer = await pages.client.post(page.url.path, **request)
    assert answer.status_code == 403
    assert not await pages.messages()


async def test_a_browser_that_sends_only_its_origin_can_decide(pages: Pages) -> None:
    await pages.office.request_approval("maria")
    page = await pages.open()
    nonce = SIGNER.sign_token(Purpose.FORM, (await pages.links())[0].id)
    answer = await pages.client.post(
        page.url.path, data={"decision": "approve", "nonce": nonce}, headers={"Origin": ORIGIN}
    )
    assert answer.status_code == 303


async def test_the_nonce_of_one_link_is_invalid_for_another(pages: Pages) -> None:
    await pages.office.request_approval("maria", "otto")
    page = await pages.open("maria")
    nonce = SIGNER.sign_token(Purpose.FORM, (await pages.links("otto"))[0].id)
    answer = await pages.client.post(page.url.path, data={"decision": "approve", "nonce": nonce}, headers=FROM_THE_PAGE)
    assert answer.status_code == 403


async def test_the_cookie_of_one_approval_is_invalid_for_another(pages: Pages) -> None:
    await pages.office.request_approval("maria", "otto")
    await pages.open("maria")
    (other,) = await pages.links("otto")
    cookie = SIGNER.sign_token(Purpose.LINK_SESSION, (await pages.links("maria"))[0].id)
    answer = await pages.client.get(
        f"/approval-links/{other.approval_id}", headers={"Cookie": f"dialtone_approval_link={cookie}"}
    )
    assert answer.status_code == 404


@pytest.mark.parametrize(("table", "key", "changed"), [
    (PersonRow, (TENANT, "maria"), {"active": False}),
    (PersonRow, (TENANT, "maria"), {"email": "new@acme.example.com"}),
    (PolicyRow, (TENANT, 1), {"document": {"email_decisions": False}}),
], ids=["inactive", "new email", "switched off"])  # fmt: skip
async def test_the_approver_is_checked_again_when_the_link_is_used(
    pages: Pages, table: Any, key: Any, changed: dict[str, Any]
) -> None:
    await _assert_blocked_after(pages, table, key, **changed)


@pytest.mark.fault("45")
async def test_no_link_decides_on_the_approver_s_own_order(pages: Pages) -> None:
    order = pages.office.order
    async with pages.office.database.transaction() as session:
        row = await session.get_one(OrderRow, (TENANT, order.id))
    own = {"ruling": {**(row.ruling or {}), "tied": ["maria"]}}
    await _assert_blocked_after(pages, OrderRow, (TENANT, order.id), **own)


@pytest.mark.fault("45")
async def test_no_link_decides_on_an_order_that_has_become_the_approver_s_own(pages: Pages) -> None:
    """The order is for a site, whose contact the approver becomes."""
    async with pages.office.database.transaction() as session:
        session.add(SiteRow(tenant=TENANT, id="s1", name="Front desk", account_id="sales", contact_id="ben"))
    await pages.change(OrderRow, (TENANT, pages.office.order.id), beneficiary_id=None, beneficiary_site_id="s1")
    await _assert_blocked_after(pages, SiteRow, (TENANT, "s1"), contact_id="maria")


async def _assert_blocked_after(pages: Pages, table: Any, key: Any, **changed: Any) -> None:
    """After this change the open page of Maria's link decides nothing."""
    await pages.office.request_approval("maria")
    page = await pages.open()
    await pages.change(table, key, **changed)
    answer = await pages.submit(page, decision="approve")
    assert answer.status_code == 409
    assert not await pages.messages()
    assert (await pages.links())[0].state == "live"


@pytest.mark.fault("46")
@pytest.mark.parametrize("decision", ["approve", "reject", "request_info"])
async def test_a_link_to_an_order_that_takes_a_second_factor_leads_to_the_portal(pages: Pages, decision: str) -> None:
    await pages.office.request_approval("maria")
    page = await pages.open()
    order_key = (TENANT, pages.office.order.id)
    async with pages.office.database.transaction() as session:
        order_type = (await session.get_one(OrderRow, order_key)).type
    await pages.change(OrderRow, order_key, type=order_type | {"step_up": True})
    (link,) = await pages.links()
    form = {"nonce": SIGNER.sign_token(Purpose.FORM, link.id), "decision": decision, "comment": "Hm."}
    answers = [
        await pages.client.get(page.url.path),
        await pages.client.post(page.url.path, data=form, headers=FROM_THE_PAGE),
    ]
    for answer in answers:
        assert (answer.status_code, answer.headers["location"]) == (303, f"/approvals/{link.approval_id}")
    portal = await pages.client.get(f"/approvals/{link.approval_id}", headers={"Accept": "text/html"})
    assert portal.headers["location"] == f"/sign-in?next=/approvals/{link.approval_id}"
    assert not await pages.messages()
    assert (await pages.links())[0].state == "live"


async def test_all_invalid_links_get_the_same_page(pages: Pages) -> None:
    await pages.office.request_approval("maria")
    good = (await pages.url()).rsplit("/", 1)[1]
    forged = Signer(["stolen"], ORIGIN).url((await pages.links())[0].id).rsplit("/", 1)[1]
    unknown = SIGNER.url("01JD7Z9Q3N8V6M2K4T5R7W9X0Y").rsplit("/", 1)[1]
    answers = [await pages.client.get(f"/approve/{one}") for one in (good[:-1], forged, unknown, "x")]
    answers.append(await pages.client.get("/approval-links/01JD7Z9Q3N8V6M2K4T5R7W9X0Y"))
    assert {(one.status_code, one.text) for one in answers} == {(404, answers[0].text)}


async def test_a_link_that_expired_long_ago_is_unknown(pages: Pages) -> None:
    await pages.office.request_approval("maria")
    pages.office.clock += timedelta(days=60)
    assert (await pages.open()).status_code == 404


async def test_only_invalid_links_are_rate_limited(pages: Pages) -> None:
    await pages.office.request_approval("maria")
    answers = [await pages.client.get("/approve/x") for _ in range(21)]
    assert [one.status_code for one in answers] == [404] * 20 + [429]
    assert (await pages.open()).status_code == 200


def test_the_limiter_forgets_old_and_excess_addresses() -> None:
    now = [0.0]
    limiter = BadLinkLimiter(limit=1, seconds=60, max_addresses=2, clock=lambda: now[0])
    assert [limiter.over_limit("a") for _ in range(2)] == [False, True]
    now[0] = 61
    assert not limiter.over_limit("a")
    assert not any(limiter.over_limit(one) for one in ("b", "c"))
    assert len(limiter._counts) == 2


async def test_text_from_people_is_escaped(pages: Pages) -> None:
    await pages.change(OrderRow, (TENANT, pages.office.order.id), reason="<script>alert(1)</script>")
    await pages.office.request_approval("maria")
    assert "<script" not in (await pages.open()).text


async def test_no_signature_reaches_a_log(
    pages: Pages, capsys: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    await pages.office.request_approval("maria")
    await pages.submit(await pages.open(), decision="approve")
    await pages.client.get("/approve/x")
    signed = (await pages.url()).rsplit("/", 1)[1]
    printed = capsys.readouterr()
    assert "/approval-links/" in printed.out + printed.err + caplog.text
    # The test's own HTTP client logs its URLs; the server must not.
    logged = "\n".join(one.getMessage() for one in caplog.records if not one.name.startswith("httpx2"))
    assert signed not in printed.out + printed.err + logged


async def test_no_signature_reaches_the_database(pages: Pages) -> None:
    await pages.office.request_approval("maria")
    await pages.submit(await pages.open(), decision="approve")
    signature = (await pages.url()).rsplit(".", 1)[1]
    (message,) = await pages.messages()
    assert signature not in str(message.model_dump())
