"""Plan changes of the sample company that a carrier would not make: the API, the form and the account page say why."""

import html
from datetime import timedelta

import pytest
from sqlmodel import col, delete, select, update

from models.db.inventory.tables import InventoryChangeRow, LineRow
from models.db.locks.tables import LockRow
from models.db.orders.tables import ItemRow, OrderRow
from models.db.session import utc_now
from models.errors import FieldError
from tests.api.api_client import ApiTenant, code
from tests.api.order_form.test_order_form import _post
from tests.api.orders.test_line_orders import DRY, line_of, submit


async def sharing(office: ApiTenant, plan: str) -> list[LineRow]:
    async with office.database.transaction() as session:
        return await session.all(select(LineRow).where(col(LineRow.plan) == plan).order_by(col(LineRow.id)))


async def refusal(office: ApiTenant, *line_ids: str, plan: str = "NW-FLEX-2") -> FieldError:
    """The only error of an order of the telecom desk for these lines."""
    items = [{"line": line_id, "plan": plan} for line_id in line_ids]
    body = {"type": "PLAN_CHANGE", "answers": {"plan_starts": "now"}, "items": items}
    async with await office.client("Priya") as client:
        answer = await client.post(DRY, json=body)
    assert code(answer) == (422, "ORDER_REJECTED")
    (error,) = answer.json()["errors"]
    return FieldError(**error)


async def changed_before(office: ApiTenant, name: str, times: int) -> LineRow:
    """A person's line, whose plan has changed so often this minute, by orders that have ended."""
    line = await line_of(office, name)
    plan = f"{line.plan[:2]}-FLEX-2"
    body = {"type": "PLAN_CHANGE", "answers": {"plan": plan}}
    for change in range(times):
        order_id = (await submit(office, name, body, line.id, "/api/v1/orders")).json()["id"]
        async with office.database.transaction() as session:
            (item,) = await session.all(select(ItemRow).where(col(ItemRow.order_id) == order_id))
            session.add(
                InventoryChangeRow(
                    tenant=line.tenant, order_id=order_id, item_id=item.id, kind="apply", line_id=line.id,
                    before={"line": {"plan": line.plan}}, after={"line": {"plan": plan}},
                    at=utc_now() - timedelta(seconds=change),
                )
            )  # fmt: skip
            await session.exec(update(OrderRow).where(col(OrderRow.id) == order_id).values(closed_at=utc_now()))
            await session.exec(delete(LockRow))
    return line


@pytest.mark.covers("PLAN_CHANGE.POOL_RULE")
async def test_a_pool_keeps_its_lines_unless_all_leave(office: ApiTenant) -> None:
    pool = [{"line": line.id, "plan": "NW-FLEX-2"} for line in await sharing(office, "NW-POOL-5")]
    error = await refusal(office, pool[0]["line"])
    assert (error.code, error.field) == ("POOL_RULE", "items.0.line")
    assert error.detail == (
        "At least 3 lines must have Northwind Business Pool 5 GB, and only 2 would keep it. "
        "Change the plan of all of them in one order, or leave this line out."
    )
    async with await office.client("Priya") as client:
        all_leave = await client.post(DRY, json={"type": "PLAN_CHANGE", "items": pool})
    assert "POOL_RULE" not in all_leave.text


@pytest.mark.covers("PLAN_CHANGE.POOL_RULE")
async def test_the_line_whose_data_others_use_keeps_its_plan(office: ApiTenant) -> None:
    (primary,) = await sharing(office, "NW-SHARE-50")
    error = await refusal(office, primary.id)
    assert (error.code, error.field) == ("POOL_RULE", "items.0.line")
    assert error.detail == (
        "Lines with Northwind Business Share Line use the data of this line's plan. "
        "Give those lines another plan first."
    )


@pytest.mark.parametrize(
    ("name", "times", "refused", "detail"),
    [
        pytest.param(
            "Bianca", 4, "PLAN_CHANGES_USED_UP", "The carrier allows 4 plan changes a month for this line",
            marks=pytest.mark.covers("PLAN_CHANGE.PLAN_CHANGES_USED_UP"),
        ),
        pytest.param(
            "Keith", 1, "CYCLE_CHANGE_PENDING", "The carrier allows one plan change in a billing cycle",
            marks=pytest.mark.covers("PLAN_CHANGE.CYCLE_CHANGE_PENDING"),
        ),
    ],
)  # fmt: skip
async def test_a_plan_changes_as_often_as_the_carrier_allows(
    office: ApiTenant, name: str, times: int, refused: str, detail: str
) -> None:
    line = await changed_before(office, name, times)
    error = await refusal(office, line.id, plan=f"{line.plan[:2]}-FLEX-10")
    assert (error.code, error.field) == (refused, "items.0.line")
    assert error.detail.startswith(detail)
    assert "Choose a start date from" in error.detail


async def test_the_form_says_why_before_the_order_is_submitted(office: ApiTenant) -> None:
    line = (await sharing(office, "NW-POOL-5"))[0]
    async with await office.client("Priya") as client:
        fields = {"items": "1", "items.0.line": line.id, "items.0.plan": "NW-FLEX-2"}
        page = html.unescape((await _post(client, "/order/PLAN_CHANGE/update", **fields)).text)
    assert '<a href="#items-0-line">At least 3 lines must have Northwind Business Pool 5 GB' in page


async def test_the_account_page_says_how_often_plans_change(office: ApiTenant) -> None:
    (company,) = {line.account_id for line in await sharing(office, "NW-SHARE-50")}
    async with await office.browser("Priya") as browser:
        page = (await browser.get(f"/accounts/{company}")).text
    assert '<td data-label="Plan changes per line">4 a month</td>' in page
    assert '<td data-label="Plan changes per line">One a cycle</td>' in page
