"""Facts of the sample company."""

from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest
from pydantic_core import to_jsonable_python
from sqlalchemy import update
from sqlmodel import col

from demo.company import SAMPLE_PEOPLE
from models.db.accounts.tables import AccountRow, CostCenterRow
from models.db.catalog import policy_versions, products
from models.db.catalog.products import ProductAtCarrier
from models.db.catalog.tables import PolicyRow
from models.db.facts.base import for_request
from models.db.orders.tables import ItemRow, OrderRow
from models.db.people.tables import PersonRow
from models.db.session import Database, new_id
from models.errors import NotFound
from models.facts import Facts, Policy
from models.holder import Holder
from models.lifecycle import Status
from models.order import OrderRequest
from policies.answers import resolve_answers
from policies.evaluate import evaluate_order
from tests.fixtures.statements import recorded_statements
from tests.policies.sample_facts import NEW_LINE

JORDAN = SAMPLE_PEOPLE["employee"].id
ANSWERS = {"device": "IPHONE-17-256", "recurring_charges": True, "use_policy": True}


def _request(**changes: Any) -> OrderRequest:
    request = OrderRequest(
        tenant="acme",
        type=NEW_LINE,
        requester_id=JORDAN,
        beneficiary=Holder.of(person_id=JORDAN),
        answers=ANSWERS,
        items=({},),
    )
    return replace(request, **changes)


async def _facts(database: Database, **changes: Any) -> Facts:
    async with database.transaction() as session:
        return await for_request(session, _request(**changes), needs=())


async def _resolved_facts(database: Database, **changes: Any) -> Facts:
    known = await _facts(database, **changes)
    return replace(known, answers=resolve_answers(_request(**changes), known))


async def _insert_order(
    database: Database, known: Facts, status: Status = Status.VALIDATING, **changes: Any
) -> OrderRow:
    """Insert an order as the API does."""
    at = datetime(2026, 3, 2, 15, tzinfo=UTC)
    row = OrderRow(
        tenant="acme",
        id=new_id(),
        number=new_id()[-8:],
        type_code=known.type.code,
        family=known.type.family,
        type=to_jsonable_python(known.type),
        title="An order",
        status=status,
        seq=0,
        requester_id=known.requester.id,
        beneficiary_id=known.beneficiary.holder.person_id,
        account_id=known.account.id,
        cost_center_one_time=known.cost_center_one_time,
        cost_center_recurring=known.cost_center_recurring,
        one_time=Decimal(0),
        monthly=Decimal(0),
        term_total=Decimal(0),
        currency="USD",
        policy_version=1,
        created_at=at,
        updated_at=at,
        **changes,
    )
    items = [_item(row, number, answers) for number, answers in enumerate(known.answers, start=1)]
    async with database.transaction() as session:
        session.add(row)
        await session.flush()
        session.add_all(items)
    return row


def _item(row: OrderRow, number: int, answers: Any) -> ItemRow:
    return ItemRow(
        tenant=row.tenant,
        order_id=row.id,
        id=new_id(),
        number=number,
        state="pending",
        answers=answers,
        one_time=Decimal(0),
        monthly=Decimal(0),
    )


async def test_an_order_within_policy_goes_to_the_manager(company: Database) -> None:
    ruling = evaluate_order(await _resolved_facts(company))
    assert ruling.errors == ()
    assert ruling.flags == ()
    assert (ruling.quote.monthly, ruling.quote.term_total) == (Decimal("65.00"), Decimal("1560.00"))
    assert [[approver.name for approver in stage.approvers] for stage in ruling.plan] == [["Dana Ortiz"]]
    assert [approver.name for approver in ruling.plan[0].escalates_to] == ["Marcus Webb"]


async def test_an_order_over_the_threshold_goes_to_the_budget_owner_too(company: Database) -> None:
    ruling = evaluate_order(await _resolved_facts(company, answers={**ANSWERS, "device": "IPHONE-17-PRO-256"}))
    assert ruling.flags == ("OVER_THRESHOLD",)
    assert [[approver.name for approver in stage.approvers] for stage in ruling.plan] == [
        ["Dana Ortiz"],
        ["Marcus Webb"],
    ]


async def test_the_profile_of_the_employee_answers_the_rest(company: Database) -> None:
    (answers,) = (await _resolved_facts(company)).answers
    assert answers["plan"] == "NW-UNLIMITED"
    assert answers["area_code"] == "312"
    assert answers["ship_to"]["name"] == "Jordan Blake"


@pytest.mark.parametrize("device", ["IPAD-11-128", "NW-HOTSPOT-5G", "PIXEL-10-128", "BP-HOTSPOT-5G"])
async def test_every_kind_of_device_has_a_default_plan(company: Database, device: str) -> None:
    assert evaluate_order(await _resolved_facts(company, answers={**ANSWERS, "device": device})).errors == ()


async def test_features_of_a_plan_are_answered_by_default(company: Database) -> None:
    (answers,) = (await _resolved_facts(company, answers={**ANSWERS, "plan": "NW-UNLIMITED-PLUS"})).answers
    assert answers["features"] == ["NW-ROAM-NA"]


@pytest.mark.parametrize(
    ("sku", "why"),
    [
        ("IPHONE-17-PRO-MAX-512", "only executives see it"),
        ("IPHONE-15-128", "the company has no contract price for it"),
        ("PIXEL-9-128", "it is no longer sold"),
        ("NOKIA-3310", "it does not exist"),
    ],
)
async def test_a_product_outside_the_employees_catalog_is_rejected(company: Database, sku: str, why: str) -> None:
    errors = evaluate_order(await _resolved_facts(company, answers={**ANSWERS, "device": sku})).errors
    assert [error.code for error in errors] == ["NOT_IN_CATALOG"], why


async def test_managers_admins_and_owners_are_loaded(company: Database) -> None:
    known = await _facts(company)
    assert [person.name for person in known.managers] == ["Dana Ortiz", "Marcus Webb", "Evelyn Park"]
    assert [person.name for person in known.admins] == ["Priya Raman", "Tomas Vega"]
    assert [person.name for person in known.budget_owners] == ["Marcus Webb"]
    assert known.account.owner_ids == (SAMPLE_PEOPLE["owner"].id,)


async def test_both_cost_centers_of_a_split_charge_have_an_owner(company: Database) -> None:
    known = await _facts(company, cost_center_one_time="CC-1300")
    assert {person.name for person in known.budget_owners} == {"Marcus Webb", "Samuel Adeyemi"}
    assert known.cost_center_recurring == "CC-1110"


async def test_a_cycle_of_managers_ends(company: Database) -> None:
    async with company.transaction() as session:
        top = await session.get_one(PersonRow, ("acme", (await _facts(company)).managers[-1].id))
        top.manager_id = JORDAN
    assert [person.name for person in (await _facts(company)).managers] == ["Dana Ortiz", "Marcus Webb", "Evelyn Park"]


@pytest.mark.parametrize(
    "change",
    [
        {"requester_id": "UNKNOWN"},
        {"beneficiary": Holder.of(person_id="UNKNOWN")},
        {"beneficiary": Holder.of(site_id="UNKNOWN")},
        {"account_id": "UNKNOWN"},
    ],
)
async def test_unknown_people_sites_and_accounts_are_not_found(company: Database, change: dict[str, Any]) -> None:
    with pytest.raises(NotFound):
        await _facts(company, **change)


async def test_people_of_another_tenant_are_not_found(company: Database) -> None:
    with pytest.raises(NotFound):
        await _facts(company, tenant="globex")


async def test_an_account_below_a_suspended_one_is_suspended(company: Database) -> None:
    async with company.transaction() as session:
        await session.exec(update(AccountRow).where(col(AccountRow.number) == "FA-1100").values(active=False))
    known = await _facts(company)
    assert (known.account.number, known.account.active) == ("FA-1110", False)


async def test_the_newest_policy_applies_and_a_new_tenant_has_the_defaults(company: Database) -> None:
    async with company.transaction() as session:
        at = datetime(2026, 3, 1, tzinfo=UTC)
        session.add(PolicyRow(tenant="acme", version=7, document={"max_items": 5}, created_at=at, created_by="x"))
        await session.flush()
        assert (await policy_versions.newest(session, "acme")).max_items == 5
        assert (await policy_versions.newest(session, "acme")).version == 7
        assert await policy_versions.newest(session, "initech") == Policy()


async def test_lines_on_order_count_until_the_order_closes(company: Database) -> None:
    known = await _resolved_facts(company)
    await _insert_order(company, known)
    await _insert_order(company, known, Status.WITHDRAWN)
    assert (await _facts(company)).lines_held == 1


async def test_lines_in_use_are_counted(company: Database) -> None:
    assert (await _facts(company, beneficiary=Holder.of(person_id=SAMPLE_PEOPLE["manager"].id))).lines_held == 1


async def test_closed_cost_centers_cannot_be_charged(company: Database) -> None:
    async with company.transaction() as session:
        await session.exec(update(CostCenterRow).where(col(CostCenterRow.code) == "CC-1110").values(active=False))
    assert [error.code for error in evaluate_order(await _resolved_facts(company)).errors] == [
        "COST_CENTER_INVALID"
    ] * 2


async def test_facts_take_at_most_three_queries(company: Database) -> None:
    async with recorded_statements(company) as sent, company.transaction() as session:
        await for_request(session, _request(), needs=())
    assert len(sent) <= 3, sent


@pytest.mark.parametrize(("carrier", "offering"), [("northwind", "PO-NW-UNLIMITED"), ("bluepeak", None)])
async def test_a_product_is_known_to_its_carrier_by_its_tac_or_its_offering(
    company: Database, carrier: str, offering: str | None
) -> None:
    async with company.transaction() as session:
        found = await products.at_carrier(session, "acme", carrier, ["IPHONE-17-256", "NW-UNLIMITED", "NOKIA-3310"])
    assert found == {
        "IPHONE-17-256": ProductAtCarrier(tac="35910111", offering=None),
        "NW-UNLIMITED": ProductAtCarrier(tac=None, offering=offering),
    }
