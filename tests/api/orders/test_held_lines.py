"""Orders for the sample company's lines that the carrier holds to a contract, or whose number or SIM it locks."""

from typing import Any

import pytest
from sqlmodel import col, select

from models.db.inventory.tables import LineRow
from tests.api.api_client import ApiTenant
from tests.api.orders.test_line_orders import DRY

CONTRACT, NUMBER, SIM = col(LineRow.contract_until).is_not(None), col(LineRow.number_locked), col(LineRow.sim_protected)


PLAN_CHANGE = {"type": "PLAN_CHANGE", "answers": {"plan": "NW-FLEX-2"}}
SIM_REPLACE = {"type": "SIM_REPLACE", "answers": {"sim_reason": "faulty", "iccid": "8901880000000000006"}}


async def line_where(office: ApiTenant, clause: Any) -> LineRow:
    async with office.database.transaction() as session:
        (line,) = await session.all(select(LineRow).where(clause))
    return line


@pytest.mark.parametrize(
    ("clause", "body", "refusal"),
    [
        pytest.param(CONTRACT, PLAN_CHANGE, "MINIMUM_TERM", marks=pytest.mark.covers("PLAN_CHANGE.MINIMUM_TERM")),
        pytest.param(SIM, SIM_REPLACE, "SIM_PROTECTED", marks=pytest.mark.covers("SIM_REPLACE.SIM_PROTECTED")),
    ],
)
async def test_the_carrier_holds_a_line_to_its_contract_and_protects_its_sim(
    office: ApiTenant, clause: Any, body: dict[str, Any], refusal: str
) -> None:
    line = await line_where(office, clause)
    async with await office.client("Priya") as client:
        answer = await client.post(DRY, json=body | {"items": [{"line": line.id}]})
        actions = {one["type"]: one["code"] for one in (await client.get(f"/api/v1/lines/{line.id}/actions")).json()}
    assert (refusal, "items.0.line") in [(one["code"], one["field"]) for one in answer.json()["errors"]]
    assert actions[body["type"]] == (None if refusal == "MINIMUM_TERM" else refusal)


@pytest.mark.parametrize(
    ("clause", "text"),
    [
        (CONTRACT, "<dt>Contract until</dt><dd>Fri, Jun 30, 2028</dd>"),
        (NUMBER, "<dt>Locked at carrier</dt><dd>Phone number</dd>"),
        (SIM, "<dt>Locked at carrier</dt><dd>SIM</dd>"),
    ],
)
async def test_the_line_page_says_what_the_carrier_holds_it_to(office: ApiTenant, clause: Any, text: str) -> None:
    line = await line_where(office, clause)
    async with await office.browser("Priya") as browser:
        page = (await browser.get(f"/lines/{line.id}")).text
    assert text in page
