"""What the carrier says before an order: asked by those who write, kept ten minutes, shown to everyone who sees it."""

import asyncio
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from html import unescape
from typing import Any

import pytest
from sqlmodel import col, select, update

from api.app import create_app
from carriers import quoting
from models.carrier_quote import NOT_CONFIRMED, CarrierQuote
from models.db.carriers.carrier_quotes import kept
from models.db.carriers.tables import CarrierQuoteRow
from models.db.inventory.tables import LineRow
from models.db.session import Database, utc_now
from models.errors import CarrierDeclined, CarrierUnavailable
from models.formatting import money
from tests.api.api_client import ApiTenant, RecordingDispatcher, code
from tests.api.conftest import services
from tests.api.orders.test_line_orders import DRY, line_of
from tests.fakes import FakeCarrier
from tests.policies.sample_facts import PLAN_CHANGE, QUOTED_CHANGE
from workflows.order_type_registry import order_types_by_code

ORDERS, HTML = "/api/v1/orders", {"Accept": "text/html"}
ETF = CarrierQuote(eligible=True, etf=Decimal("120.00"), credits_forfeited=Decimal("60.00"))
CHARGE = "The carrier charges $120.00 for ending the contract early."
LOSS = "The line loses $60.00 in credits."


@dataclass
class Office:
    """Aaron's company, with a type that asks the carrier; every line of its carriers has the same plan."""

    tenant: ApiTenant
    carrier: FakeCarrier
    line: LineRow

    @property
    def plan(self) -> str:
        return f"{self.line.plan[:2]}-FLEX-10"

    @property
    def mdn(self) -> str:
        assert self.line.mdn is not None
        return self.line.mdn

    def body(self, **answers: Any) -> dict[str, Any]:
        return {
            "type": QUOTED_CHANGE.code,
            "answers": {"plan": self.plan, **answers},
            "items": [{"line": self.line.id}],
        }

    async def send(self, path: str = DRY, name: str = "Aaron", **answers: Any) -> Any:
        async with await self.tenant.client(name) as client:
            return await client.post(path, json=self.body(**answers))

    async def page(self, path: str, name: str = "Aaron") -> str:
        async with await self.tenant.browser(name) as browser:
            return unescape((await browser.get(path)).text)

    async def save_form(self, path: str = "", **fields: str) -> str:
        answers = {"items": "1", "items.0.line": self.line.id, "items.0.plan": self.plan, **fields}
        async with await self.tenant.browser("Aaron") as browser:
            answer = await browser.post(f"/order/{QUOTED_CHANGE.code}{path}", data=answers)
        return unescape(answer.text)

    async def rows(self) -> list[CarrierQuoteRow]:
        async with self.tenant.database.transaction() as session:
            return await session.all(select(CarrierQuoteRow))


@pytest.fixture
async def office(company: Database) -> Office:
    async with company.transaction() as session:
        await session.exec(update(LineRow).where(col(LineRow.carrier) == "northwind").values(plan="NW-UNLIMITED"))
        await session.exec(update(LineRow).where(col(LineRow.carrier) == "bluepeak").values(plan="BP-UNLIMITED"))
    types = {**order_types_by_code(), PLAN_CHANGE.code: PLAN_CHANGE, QUOTED_CHANGE.code: QUOTED_CHANGE}
    carriers = {code: FakeCarrier(code=code) for code in ("northwind", "bluepeak")}
    dispatcher = RecordingDispatcher()
    app = create_app(await services(company, dispatcher, order_types=types, carriers=carriers))
    tenant = ApiTenant(app, company, dispatcher)
    line = await line_of(tenant, "Aaron")
    return Office(tenant=tenant, carrier=carriers[line.carrier], line=line)


async def test_a_preview_says_what_the_carrier_charges_and_counts_it_in_the_price(office: Office) -> None:
    office.carrier.quotes = {office.mdn: ETF}
    quote = (await office.send(fee_ack=True)).json()
    assert quote["price"]["one_time"] == "120.00"
    assert quote["carrier_says"] == [CHARGE, LOSS]
    (item,) = quote["items"]
    assert item["carrier_quote"] == {
        "confirmed": True, "eligible": True, "why_not": None, "one_time": "0.00", "monthly_delta": "0.00",
        "etf": "120.00", "installments_left": "0.00", "credits_forfeited": "60.00", "upgrade_fee": "0.00",
        "earliest": None, "backorder_until": None, "plan_withdrawn": False, "notes": [CHARGE, LOSS],
    }  # fmt: skip


async def test_the_carrier_is_asked_what_would_be_ordered(office: Office) -> None:
    await office.send()
    ((item,),) = [order.items for order in office.carrier.quoted]
    assert item.action == "change_plan"
    assert item.subject.mdn == office.mdn
    assert item.changes["plan"] == office.plan
    assert office.carrier.quoted[0].instructions is None


@pytest.mark.covers("FEE_ACK_REQUIRED")
@pytest.mark.parametrize("path", [DRY, ORDERS])
async def test_a_program_reads_the_amounts_to_accept(office: Office, path: str) -> None:
    office.carrier.quotes = {office.mdn: ETF}
    answer = await office.send(path)
    assert code(answer) == (422, "ORDER_REJECTED")
    (error,) = answer.json()["errors"]
    assert (error["code"], error["field"]) == ("FEE_ACK_REQUIRED", "answers.fee_ack")
    assert error["facts"] == {"etf": "120.00", "credits_forfeited": "60.00", "currency": "USD"}
    assert error["detail"] == f"{CHARGE} {LOSS} Accept this to continue."


@pytest.mark.covers("CARRIER_REFUSES")
async def test_an_order_that_the_carrier_would_not_take_is_not_taken(office: Office) -> None:
    office.carrier.quotes = {office.mdn: CarrierQuote(eligible=False, why_not="<b>past due</b>")}
    (error,) = (await office.send(ORDERS)).json()["errors"]
    assert (error["code"], error["field"]) == ("CARRIER_REFUSES", "items.0.line")
    assert "facts" not in error
    form = await office.save_form("/update")
    assert "The carrier says that it can't do this: “<b>past due</b>”." in form


async def test_an_answer_is_kept_for_ten_minutes_and_then_asked_again(office: Office) -> None:
    office.carrier.quotes = {office.mdn: ETF}
    for _ in range(2):
        await office.send(fee_ack=True)
    assert len(office.carrier.quoted) == 1
    (row,) = await office.rows()
    assert timedelta(minutes=9, seconds=30) < row.kept_until - utc_now() <= timedelta(minutes=10)
    async with office.tenant.database.transaction() as session:
        await session.exec(update(CarrierQuoteRow).values(kept_until=utc_now()))
    assert (await office.send(fee_ack=True)).json()["carrier_says"] == [CHARGE, LOSS]
    assert len(office.carrier.quoted) == 2
    assert len(await office.rows()) == 1


async def test_another_question_is_asked_though_the_line_is_the_same(office: Office) -> None:
    await office.send()
    await office.send(plan=f"{office.line.plan[:2]}-UNLIMITED-PLUS")
    assert len(office.carrier.quoted) == 2


async def hang() -> None:
    await asyncio.Event().wait()


@pytest.mark.parametrize(
    "away", [CarrierUnavailable("down"), CarrierDeclined("no such action", facts={"code": "X"}), None]
)
async def test_a_carrier_that_is_away_or_too_slow_refuses_nothing(
    office: Office, away: Exception | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(quoting, "PREVIEW_LIMIT", timedelta(milliseconds=20))
    if away is None:
        office.carrier.before_quote = hang
    else:
        office.carrier.fails = {"quote": [away]}
    quote = (await office.send()).json()
    assert quote["carrier_says"] == [NOT_CONFIRMED]
    assert quote["items"][0]["carrier_quote"]["confirmed"] is False
    (row,) = await office.rows()
    assert timedelta() < row.kept_until - utc_now() <= timedelta(minutes=1)


@pytest.mark.parametrize("path", [DRY, ORDERS])
async def test_no_transaction_is_open_while_the_carrier_is_asked(office: Office, path: str) -> None:
    in_use: list[int] = []

    async def count() -> None:
        in_use.append(office.tenant.database.engine.pool.checkedout())  # type: ignore[attr-defined] # of a queue pool

    office.carrier.before_quote = count
    assert (await office.send(path)).status_code in {200, 201}
    assert in_use == [0]


async def test_a_person_waits_two_seconds_for_the_carrier() -> None:
    assert timedelta(seconds=2) == quoting.PREVIEW_LIMIT


async def test_a_type_that_does_not_ask_calls_no_carrier_and_sends_no_statement_more(office: Office) -> None:
    body = office.body() | {"type": PLAN_CHANGE.code}
    async with await office.tenant.client("Aaron") as client, office.tenant.statements() as statements:
        quote = (await client.post(DRY, json=body)).json()
    assert (quote["carrier_says"], quote["items"][0]["carrier_quote"]) == ([], None)
    assert office.carrier.quoted == []
    assert [one for one in statements if "carrier_quote" in one] == []


async def test_the_form_asks_for_consent_only_with_a_fee_and_the_review_says_what_is_charged(office: Office) -> None:
    assert "Charges by the carrier" not in await office.save_form("/update")
    assert NOT_CONFIRMED in await office.page(f"/order/{QUOTED_CHANGE.code}/review")
    await expire(office)
    office.carrier.quotes = {office.mdn: ETF}
    form = await office.save_form("/update")
    assert "Charges by the carrier" in form
    assert f"{CHARGE} {LOSS} Accept this to continue." in form
    form = await office.save_form("/update", **{"answers.fee_ack": "yes"})
    assert "Ready to submit" in form
    review = await office.page(f"/order/{QUOTED_CHANGE.code}/review")
    for said in (CHARGE, LOSS, money(Decimal("120.00"), "USD")):
        assert said in review


async def expire(office: Office) -> None:
    async with office.tenant.database.transaction() as session:
        await session.exec(update(CarrierQuoteRow).values(kept_until=utc_now()))


async def test_a_fee_that_rises_between_review_and_submission_shows_the_review_again(office: Office) -> None:
    office.carrier.quotes = {office.mdn: ETF}
    await office.save_form(**{"answers.fee_ack": "yes", "do": "review"})
    async with await office.tenant.browser("Aaron") as browser:
        review = (await browser.get(f"/order/{QUOTED_CHANGE.code}/review")).text
        hidden = {
            name: review.partition(f'name="{name}" value="')[2].partition('"')[0] for name in ("draft", "reviewed")
        }
        await expire(office)
        office.carrier.quotes = {office.mdn: CarrierQuote(eligible=True, etf=Decimal("180.00"))}
        answer = await browser.post(f"/order/{QUOTED_CHANGE.code}/submit", data=hidden, follow_redirects=False)
        assert answer.headers["Location"] == f"/order/{QUOTED_CHANGE.code}/review?changed=true"
        again = unescape((await browser.get(answer.headers["Location"])).text)
    assert "$180.00 for ending the contract early" in again


async def test_a_page_that_is_read_asks_nothing(office: Office) -> None:
    await office.save_form("/update")
    asked = len(office.carrier.quoted)
    await expire(office)
    assert NOT_CONFIRMED in await office.page(f"/order/{QUOTED_CHANGE.code}/review")
    assert len(office.carrier.quoted) == asked


async def test_the_order_keeps_what_its_approver_reads(office: Office) -> None:
    office.carrier.quotes = {office.mdn: ETF}
    order = (await office.send(ORDERS, fee_ack=True)).json()
    office.carrier.quotes = {}
    await expire(office)
    assert order["items"][0]["carrier_quote"]["etf"] == "120.00"
    (approval,) = await office.tenant.request_approval(order, "Dana")
    for name, path in (("Aaron", f"/orders/{order['number']}"), ("Dana", f"/approvals/{approval}")):
        shown = await office.page(path, name)
        assert CHARGE in shown
        assert LOSS in shown
        assert "The price went" not in shown
    assert "As quoted (accepted by Aaron Abbott)" in shown


async def test_nothing_of_it_is_there_for_another_tenant(office: Office) -> None:
    office.carrier.quotes = {office.mdn: ETF}
    await office.send(fee_ack=True)
    async with office.tenant.database.transaction() as session:
        assert list((await kept(session, "acme", [office.line.id], utc_now())).values()) == [ETF]
        assert await kept(session, "globex", [office.line.id], utc_now()) == {}
        assert await kept(session, "acme", ["another line"], utc_now()) == {}
