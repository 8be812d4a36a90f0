"""An owner suspends lines of several departments from the company's account: nothing is refused."""

from typing import Any

import pytest
from sqlmodel import col, select

from models.db.accounts.tables import AccountRow
from models.db.inventory.tables import LineRow
from tests.api.api_client import ApiTenant, code

SUSPEND: dict[str, Any] = {"type": "SERVICE_SUSPEND", "answers": {"suspend_reason": "vacation"}}


async def lines_by_account(office: ApiTenant) -> list[list[LineRow]]:
    """Five active lines of one carrier in each department that has as many."""
    async with office.database.transaction() as session:
        active = (col(LineRow.tenant) == "acme", col(LineRow.status) == "active", col(LineRow.carrier) == "northwind")
        lines = (await session.exec(select(LineRow).where(*active).order_by(col(LineRow.id)))).all()
    groups: dict[str, list[LineRow]] = {}
    for line in lines:
        groups.setdefault(line.account_id, []).append(line)
    return [group[:5] for group in groups.values() if len(group) >= 5]


async def order(office: ApiTenant, name: str, lines: list[LineRow], account: str = "FA-1000") -> Any:
    async with office.database.transaction() as session:
        account_id = (await session.exec(select(AccountRow.id).where(AccountRow.number == account))).one()
    body = SUSPEND | {"account_id": account_id, "items": [{"line": line.id} for line in lines]}
    async with await office.client(name) as client:
        return await client.post("/api/v1/orders", json=body)


@pytest.mark.fault("28")
@pytest.mark.parametrize("name", ["Grace", "Theo"])
async def test_ten_lines_of_two_departments_are_one_order_of_the_company(office: ApiTenant, name: str) -> None:
    first, second, *_ = await lines_by_account(office)
    answer = await order(office, name, [*first, *second])
    assert answer.status_code == 201, answer.text
    assert len(answer.json()["items"]) == 10


@pytest.mark.fault("28")
async def test_three_departments_are_too(office: ApiTenant) -> None:
    departments = (await lines_by_account(office))[:3]
    assert len(departments) == 3
    answer = await order(office, "Grace", [line for lines in departments for line in lines[:2]])
    assert answer.status_code == 201, answer.text


@pytest.mark.fault("28")
async def test_the_owner_of_another_department_changes_none_of_them(office: ApiTenant) -> None:
    first, second, *_ = await lines_by_account(office)
    answer = await order(office, "Peter", [*first, *second])
    assert code(answer) == (404, "NOT_FOUND")
    assert answer.json()["detail"].startswith("No account matches")
