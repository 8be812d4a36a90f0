"""Who acts for a site: its contact while they are active, otherwise the requester of an order."""

from collections.abc import Mapping

import pytest

from models.db import email_context, line_contacts, order_details
from models.db.facts.base import for_request
from models.db.inventory import lines
from models.db.orders import my_orders, order_rows
from models.db.people import lookup
from models.db.people.tables import PersonRow
from models.db.session import Database
from models.facts import Person, Relation
from models.order import Order, OrderRequest
from tests import factories
from tests.factories import DIRECTOR, HOLDER, MANAGER, REQUESTER, TENANT
from workflows.order_type_registry import order_type

SUSPEND = order_type("SERVICE_SUSPEND")


@pytest.fixture
async def order(database: Database) -> Order:
    """An order of REQUESTER for the site whose contact is HOLDER."""
    await factories.create_company(database)
    return await factories.create_order(database, factories.OrderSpec(type=SUSPEND, beneficiary=factories.SITE))


@pytest.fixture(params=[True, False], ids=["active", "inactive"])
async def active(request: pytest.FixtureRequest, database: Database, order: Order) -> bool:
    """Whether the contact of the site of `order` is active."""
    assert order.beneficiary == factories.SITE
    async with database.transaction() as session:
        (await session.get_one(PersonRow, (TENANT, HOLDER))).active = request.param
    return bool(request.param)


async def person(database: Database, person_id: str) -> Person:
    async with database.transaction() as session:
        found = await lookup.by_id(session, TENANT, person_id)
    assert found is not None
    return found


async def test_every_reader_of_an_order_finds_the_same_person(database: Database, order: Order, active: bool) -> None:
    requester = await person(database, REQUESTER)
    async with database.transaction() as session:
        found = await order_rows.find(session, requester, order.id)
        (summary,) = await my_orders.list_own_orders(session, requester, {"x": ["x"]}, limit=1)
        of_emails = (await email_context.load(session, order.ref)).represented_by
        details = await order_details.load(session, TENANT, order.id)
    readers = [found.represented_by, summary.represented_by, of_emails, details.represented_by]
    assert readers == [HOLDER if active else REQUESTER] * 4


async def test_the_managers_of_who_acts_approve(database: Database, order: Order, active: bool) -> None:
    request = OrderRequest(
        tenant=TENANT,
        type=SUSPEND,
        requester_id=REQUESTER,
        beneficiary=factories.SITE,
        answers={},
        items=({"line": order.items[0].line_id},),
    )
    async with database.transaction() as session:
        known = await for_request(session, request, needs=())
    assert known.representative.id == (HOLDER if active else REQUESTER)
    assert [one.id for one in known.managers] == [*([REQUESTER] if active else []), MANAGER, DIRECTOR]


async def test_lines_of_a_site_without_an_active_contact_are_nobody_s(
    database: Database, order: Order, active: bool
) -> None:
    line_id = order.items[0].line_id
    assert line_id is not None
    async with database.transaction() as session:
        (contacts,) = await line_contacts.contacts_of(session, TENANT, [line_id])
    assert contacts.assigned is active
    assert set(contacts.people) == {HOLDER if active else factories.ADMIN}


async def test_only_an_active_contact_and_their_managers_are_related(
    database: Database, order: Order, active: bool
) -> None:
    line_id, related = str(order.items[0].line_id), dict[str, Mapping[str, bool]]()
    for person_id in (HOLDER, MANAGER):
        reader = await person(database, person_id)
        async with database.transaction() as session:
            of_order = (await order_rows.find(session, reader, order.id)).relations
            of_line = (await lines.find_line(session, reader, line_id)).relations
        related[person_id] = {"order": bool(of_order), "line": bool(of_line)}
        assert of_order <= {Relation.SELF, Relation.MANAGER}
    assert related == {key: {"order": active, "line": active} for key in (HOLDER, MANAGER)}
