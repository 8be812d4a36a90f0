"""The form that disconnects a line: when service can end, and until when that can be undone."""

import re
from datetime import timedelta

import httpx2
from sqlmodel import col, select

from models.dates import billing_cycle
from models.db.accounts.tables import CarrierAccountRow
from models.db.inventory.tables import LineRow
from models.db.session import utc_now
from models.formatting import day
from tests.api.api_client import ApiTenant
from tests.api.orders.test_line_orders import line_of

FORM = "/order/SERVICE_TERMINATE"
ANSWERS = {"items.0.end_reason": "unused", "items.0.device_goes": "stock", "answers.final_ack": "yes"}
PAGE = {"Accept": "text/html"}
CYCLE_END = re.compile(r'value="bill_cycle"[^>]*> <span>At the end of the billing cycle</span><span[^>]*>([^<]+)<')
UNDO = re.compile(r"Until \w{3}, \w{3} \d+, \d{4}, if service ends on \w{3}, \w{3} \d+, \d{4}\. After that")


async def _billed_by(office: ApiTenant, line: LineRow, number: str | None, cycle_day: int) -> None:
    async with office.database.transaction() as session:
        (await session.get_one(LineRow, (line.tenant, line.id))).carrier_account = number
        for account in (
            await session.exec(select(CarrierAccountRow).where(col(CarrierAccountRow.number) == number))
        ).all():
            account.cycle_day = cycle_day


async def _form(client: httpx2.AsyncClient, *lines: LineRow, **fields: str) -> str:
    items = {f"items.{number}.line": line.id for number, line in enumerate(lines)}
    answer = await client.post(f"{FORM}/update", data={"items": str(len(lines)), **items, **fields}, headers=PAGE)
    assert answer.status_code == 200, answer.text
    return answer.text


async def test_the_billing_cycle_is_offered_only_where_it_is_known(office: ApiTenant) -> None:
    line = await line_of(office, "Aaron")
    assert line.carrier_account is not None
    async with await office.client("Aaron") as client:
        await _billed_by(office, line, line.carrier_account, 1)
        first_of_month = await _form(client, line)
        await _billed_by(office, line, None, 1)
        unknown = await _form(client, line)
        typed = await _form(client, line, **ANSWERS, **{"answers.effective": "bill_cycle"})
        no_line = await _form(client)
    (last_day,) = CYCLE_END.findall(first_of_month)
    now = utc_now()  # where the office is, it can still be yesterday
    ends = [billing_cycle((now - timedelta(days=days)).date(), 1)[1] - timedelta(days=1) for days in (0, 1)]
    assert last_day in map(day, ends)
    for page in (unknown, no_line):
        assert "Right away (default)" in page
        assert 'value="bill_cycle"' not in page
    assert "We don&#39;t know when the billing cycle of this line ends. Choose another day." in typed
    assert 'value="bill_cycle"' not in typed


async def test_until_when_it_can_be_undone_is_said_before_each_decision(office: ApiTenant) -> None:
    """To the requester on the form and its review, to the approver above the decision."""
    line = await line_of(office, "Grace")
    async with await office.browser("Grace") as client:
        form = await _form(client, line)
        await client.post(FORM, data={"items": "1", "items.0.line": line.id, **ANSWERS, "do": "review"}, headers=PAGE)
        review = (await client.get(f"{FORM}/review", headers=PAGE)).text
        hidden = {name: re.findall(rf'name="{name}" value="([^"]+)"', review)[-1] for name in ("draft", "reviewed")}
        placed = await client.post(f"{FORM}/submit", data=hidden, headers=PAGE)
        assert placed.status_code == 303, placed.text
        path = placed.headers["location"]
        order = (await client.get(f"/api/v1{path}")).json()
    (approval,) = await office.request_approval(order, "Theo")
    async with await office.browser("Theo") as client:
        page = (await client.get(f"/approvals/{approval}", headers=PAGE)).text
    assert len(UNDO.findall(form)) == 1
    assert UNDO.search(review)
    assert page.index(UNDO.findall(page)[0]) < page.index(">Approve</button>")
    assert len(UNDO.findall(page)) == 1
    assert "<strong>Can this be undone?</strong>" in page
    assert f"<h1>{order['title']}?</h1>" in page
    assert "$0.00" not in form + review + page
