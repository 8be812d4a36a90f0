"""The devices a request names: what is loaded with them, and what follows from them for the order."""

from typing import Any

import pytest
from sqlmodel import col, update

from models.db.facts.base import for_request
from models.db.inventory.tables import DeviceRow, LineRow
from models.db.session import Database, new_id
from models.db.visibility import InventoryViewer
from models.facts import Facts, Relation
from models.holder import NOBODY, Holder
from models.order import OrderRequest
from policies.answers import resolve_partial
from policies.eligibility import needs
from tests import factories
from tests.fixtures.statements import recorded_statements
from tests.sample_types import sample_type

RETURN = sample_type("device_held")
USER = Holder.of(person_id=factories.HOLDER)


@pytest.fixture
async def on_line(database: Database) -> str:
    """A device on a line of the same id."""
    await factories.create_company(database)
    async with database.transaction() as session:
        return await factories.create_line(session, USER)


async def _facts(database: Database, *items: dict[str, Any], tenant: str = factories.TENANT, **options: Any) -> Facts:
    request = OrderRequest(
        tenant=tenant,
        type=RETURN,
        requester_id=factories.REQUESTER,
        beneficiary=None,
        answers={},
        items=items,
    )
    async with database.transaction() as session:
        return await for_request(session, request, needs=needs(RETURN), **options)


async def _update(database: Database, device_id: str, **values: Any) -> None:
    async with database.transaction() as session:
        await session.exec(update(DeviceRow).where(col(DeviceRow.id) == device_id).values(values))


async def test_a_device_comes_with_its_name_line_holder_and_managers(database: Database, on_line: str) -> None:
    known = await _facts(database, {"device_held": on_line})
    named = known.device(0)
    assert named is not None
    assert (named.device.id, named.name) == (on_line, "Phone-1")
    assert named.line is not None
    assert (named.line.id, named.line.carrier) == (on_line, factories.CARRIER)
    assert named.assigned_to.holder == USER
    assert named.managers[0].id == factories.REQUESTER
    assert named.lineage == (factories.ACCOUNT,)
    assert (known.beneficiary.holder, known.account.id) == (USER, factories.ACCOUNT)
    assert {factories.HOLDER, factories.REQUESTER} <= known.tied
    assert known.named_things == (named,)
    assert known.lines == {}


@pytest.mark.usefixtures("on_line")
async def test_a_device_on_no_line_is_found_too(database: Database) -> None:
    async with database.transaction() as session:
        spare = await factories.create_device(session, NOBODY)
    known = await _facts(database, {"device_held": spare})
    named = known.device(0)
    assert named is not None
    assert (named.device.id, named.line) == (spare, None)
    assert known.beneficiary.holder == NOBODY


async def test_a_device_is_on_the_line_that_is_in_use(database: Database, on_line: str) -> None:
    async with database.transaction() as session:
        row = await session.get_one(LineRow, (factories.TENANT, on_line))
        session.add(LineRow(**row.model_dump() | {"id": new_id(), "mdn": None, "status": "terminated"}))
    named = (await _facts(database, {"device_held": on_line})).device(0)
    assert named is not None
    assert named.line is not None
    assert named.line.id == on_line


@pytest.mark.parametrize("spelled", ["35-332211-{imei}", "IMEI: 35332211{imei}", "35332211{imei} "])
@pytest.mark.parametrize("column", ["imei", "imei2"])
async def test_a_device_is_found_by_either_imei_in_any_format(
    database: Database, on_line: str, spelled: str, column: str
) -> None:
    await _update(database, on_line, imei=None)
    await _update(database, on_line, **{column: "353322119876543"})
    known = await _facts(database, {"device_held": spelled.format(imei="9876543")})
    answers, errors = resolve_partial(
        OrderRequest(
            tenant=factories.TENANT,
            type=RETURN,
            requester_id=factories.REQUESTER,
            beneficiary=None,
            answers={},
            items=known.answers,
        ),
        known,
    )
    assert (answers, errors) == (({"device_held": on_line},), ())


async def test_of_devices_with_an_imei_the_one_in_use_counts(database: Database, on_line: str) -> None:
    async with database.transaction() as session:
        newer = await factories.create_device(session)
    await _update(database, newer, status="retired", imei="353322119876543")
    await _update(database, on_line, imei="353322119876543")
    named = (await _facts(database, {"device_held": "353322119876543"})).device(0)
    assert named is not None
    assert named.device.id == on_line
    by_id = (await _facts(database, {"device_held": newer})).device(0)
    assert by_id is not None
    assert by_id.device.id == newer


@pytest.mark.parametrize(("relations", "sees"), [(None, True), ([Relation.MANAGER], True), ([Relation.SELF], False)])
async def test_a_device_that_one_may_not_see_does_not_exist(
    database: Database, on_line: str, relations: list[Relation] | None, sees: bool
) -> None:
    requester = (await _facts(database, {"device_held": on_line})).requester
    viewer = InventoryViewer(person=requester, relations=relations)
    known = await _facts(database, {"device_held": on_line}, viewer=viewer)
    assert (known.device(0) is not None) == sees


async def test_facts_about_devices_take_at_most_five_queries(database: Database, on_line: str) -> None:
    async with recorded_statements(database) as sent:
        await _facts(database, {"device_held": on_line})
    assert len(sent) <= 5, sent
