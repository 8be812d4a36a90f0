"""Who can order a change of a line, by the line's account and not by the one the order names, cell by cell."""

from typing import Any

import pytest
from sqlmodel import col, select, update

from models import questions
from models.db.accounts.tables import AccountRow
from models.db.inventory.tables import LineRow
from models.db.people.tables import PersonRow
from tests.api.api_client import ApiTenant
from tests.api.signed_out_browser import HTML

DRY = "/api/v1/orders?dry_run=true"
HOME = [{"service_address": questions.find("service_address").example}]  # a line that isn't seen has none
ACTIONS: dict[str, dict[str, Any]] = {
    "suspend": {"type": "SERVICE_SUSPEND", "answers": {"suspend_reason": "vacation"}},
    "update": {"type": "SUBSCRIBER_UPDATE", "answers": {"subscriber_name": "Someone Else"}, "items": HOME},
    "reassign": {"type": "LINE_REASSIGN"},
}
# The order names no account (-), the company (c), or the account of the person who orders (o). N: not authorized for
# this line; U: doesn't see this line or account; T: of another account, so the order can't be charged to this one;
# F: can order nothing; P: doesn't see the new holder; x: allowed. The holder gives the line to Nadia; the others take
# it over themselves.
CELLS = """
                          suspend   update   reassign
                          - c o     - c o    - c o
holder                    x U x     x U x    P P P
manager                   x U x     x U x    x U x
account-owner             x U x     x U x    x U x
company-owner             x x T     x x T    x x T
owner-of-another-account  U U U     U U U    U U U
colleague                 U U U     U U U    U U U
support                   N N N     N N N    N N N
auditor                   F F F     F F F    F F F
desk                      x x T     x x T    x x T
care                      x x T     x x T    x x T
admin                     x x T     x x T    x x T
"""
CODES = {"N": "NOT_AUTHORIZED_ON_BEHALF", "T": "LINE_OF_OTHER_ACCOUNT", "F": "NOT_AUTHORIZED"}
NAMES = {
    "holder": "Aaron",
    "manager": "Dana",
    "account-owner": "Omar",
    "company-owner": "Grace",
    "owner-of-another-account": "Peter",
    "colleague": "Nadia",
    "support": "Wendy",
    "auditor": "Iris",
    "desk": "Theo",
    "care": "Carl",
    "admin": "Priya",
}


def rows() -> dict[str, list[str]]:
    """The cells of each row: for each action in turn without an account, with the company's, with their own."""
    _, _, *found = CELLS.strip().splitlines()
    return {name: cells for name, *cells in map(str.split, found)}


async def line_of_aaron(office: ApiTenant) -> LineRow:
    """Omar becomes an owner of its account, and works in it."""
    aaron, omar = await office.row("Aaron"), await office.row("Omar")
    async with office.database.transaction() as session:
        line = (await session.exec(select(LineRow).where(LineRow.person_id == aaron.id))).one()
        values = {"roles": ["owner"], "owns": [line.account_id], "account_id": line.account_id}
        await session.exec(update(PersonRow).where(col(PersonRow.id) == omar.id).values(values))
        return line


async def outcome(office: ApiTenant, name: str, body: dict[str, Any]) -> str:
    async with await office.client(name) as client:
        answer = await client.post(DRY, json=body)
    found = answer.json()
    if "No line matches" in answer.text or "No account matches" in answer.text:
        return "U"
    if "No match for" in answer.text:
        return "P"
    codes = {found.get("code"), *(error["code"] for error in found.get("errors", ()))}
    return next((letter for letter, code in CODES.items() if code in codes), "x")


@pytest.mark.fault("28")
@pytest.mark.parametrize("who", NAMES)
async def test_a_person_can_change_a_line_exactly_where_the_table_says(office: ApiTenant, who: str) -> None:
    line, person = await line_of_aaron(office), await office.row(NAMES[who])
    new_holder = await office.row("Nadia" if who == "holder" else NAMES[who])
    async with office.database.transaction() as session:
        company = (await session.exec(select(AccountRow.id).where(AccountRow.number == "FA-1000"))).one()
    found = []
    for kind in ACTIONS.values():
        given: dict[str, Any] = {"beneficiary_id": new_holder.id} if kind["type"] == "LINE_REASSIGN" else {}
        if given and person.id == new_holder.id:
            given["answers"] = {"use_policy": True}
        for account in (None, company, person.account_id):
            charged = {"account_id": account} if account else {}
            (item,) = kind.get("items", ({},))
            body = kind | given | charged | {"items": [item | {"line": line.id}]}
            found.append(await outcome(office, NAMES[who], body))
    assert found == rows()[who]


@pytest.mark.fault("34")
@pytest.mark.parametrize(("who", "allowed"), [("Aaron", False), ("Dana", True), ("Omar", True), ("Theo", True)])
async def test_a_line_is_assigned_only_by_those_who_see_a_new_holder(
    office: ApiTenant, who: str, *, allowed: bool
) -> None:
    line = await line_of_aaron(office)
    async with await office.client(who) as client:
        actions = (await client.get(f"/api/v1/lines/{line.id}/actions")).json()
        page = (await client.get(f"/lines/{line.id}", headers=HTML)).text
        form = (await client.get("/order/LINE_REASSIGN", params={"line": line.id}, headers=HTML)).text
    (offer,) = (one for one in actions if one["type"] == "LINE_REASSIGN")
    assert (offer["allowed"], offer["code"]) == (allowed, None if allowed else "NOT_AUTHORIZED_ON_BEHALF")
    sentence = "Only a manager of its user, an account owner, or the telecom desk can assign"
    assert [sentence in shown for shown in (page, form)] == [not allowed] * 2


def test_the_table_has_every_row() -> None:
    assert rows().keys() == NAMES.keys()
    assert {len(cells) for cells in rows().values()} == {3 * len(ACTIONS)}
