"""Optional facts: each is loaded if a check needs it, and only then."""

from collections.abc import Collection
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from sqlmodel import update

import models.db.facts
import policies.checks
from models import registry
from models.db.facts.base import for_request
from models.db.inventory.tables import SimRow
from models.db.orders.tables import OrderRow
from models.db.session import Database, new_id
from models.facts import Facts
from models.optional_fact import OptionalFact
from models.optional_facts.sims import SIMS_IN_USE
from models.optional_facts.suspensions import SUSPENSIONS
from models.order import OrderRequest
from policies.eligibility import check, needs
from tests import factories
from tests.sample_types import sample_type
from workflows.order_type_registry import order_types_by_code

IN_USE, RETIRED, SPARE = "89019911111100000014", "89019911111100000022", "89019911111100000030"
ALONE = "89019911111100000048"
NUMBER_OF_LINES: OptionalFact[int] = OptionalFact(code="number_of_lines", empty=0)
CHECK = f"""
from models.errors import FieldError
from policies.check import Check
from {__name__} import NUMBER_OF_LINES

def judge(facts):
    if NUMBER_OF_LINES.of(facts) > 1:
        yield FieldError(code="TOO_MANY", field=None, detail="Order fewer lines.")

CHECK = Check(code="throw_away", errors=("TOO_MANY",), judge=judge, needs=(NUMBER_OF_LINES,))
"""
LOADER = f"""
from models.db.fact_loader import FactLoader
from {__name__} import NUMBER_OF_LINES

async def load(session, request, lines, now):
    return len(lines)

LOADER = FactLoader(fact=NUMBER_OF_LINES, load=load)
"""
LINES = sample_type("line", "iccid", checks=("throw_away",))


@pytest.fixture
def throw_away_words(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A check and a fact that no file of the product defines or names."""
    for package, source in ((policies.checks, CHECK), (models.db.facts, LOADER)):
        folder = tmp_path / package.__name__
        folder.mkdir()
        (folder / "throw_away.py").write_text(source)
        monkeypatch.setattr(package, "__path__", [*package.__path__, str(folder)])
    uncached = registry._load.__wrapped__
    monkeypatch.setattr(registry, "_load", uncached)


@pytest.fixture
async def line_ids(database: Database) -> list[str]:
    await factories.create_company(database)
    async with database.transaction() as session:
        return [await factories.create_line(session) for _ in range(2)]


async def _facts(database: Database, items: Collection[dict[str, Any]], *facts: OptionalFact[Any]) -> Facts:
    request = OrderRequest(
        tenant=factories.TENANT,
        type=LINES,
        requester_id=factories.REQUESTER,
        beneficiary=None,
        answers={},
        items=tuple(items),
    )
    async with database.transaction() as session:
        return await for_request(session, request, needs=facts)


@pytest.mark.usefixtures("throw_away_words")
async def test_a_new_check_and_its_fact_take_no_other_edit(database: Database, line_ids: list[str]) -> None:
    one = await _facts(database, [{"line": line_ids[0]}], *needs(LINES))
    assert check(one) == ()
    both = await _facts(database, [{"line": line_id} for line_id in line_ids], *needs(LINES))
    assert [error.code for error in check(both)] == ["TOO_MANY"]


@pytest.mark.usefixtures("throw_away_words")
async def test_a_check_sees_only_the_facts_it_needs(database: Database, line_ids: list[str]) -> None:
    known = await _facts(database, [{"line": line_id} for line_id in line_ids], NUMBER_OF_LINES)
    careless = replace(known, optional={"other": known.optional["number_of_lines"]})
    assert check(careless) == ()


async def test_a_fact_that_is_not_needed_is_empty(database: Database, line_ids: list[str]) -> None:
    known = await _facts(database, [{"line": line_ids[0]}])
    assert (known.optional, SUSPENSIONS.of(known), SIMS_IN_USE.of(known)) == ({}, {}, {})


async def test_a_sim_is_in_use_while_it_is_in_service(database: Database, line_ids: list[str]) -> None:
    async with database.transaction() as session:
        for line_id, iccid in zip(line_ids, (IN_USE, RETIRED), strict=True):
            (await session.get_one(SimRow, (factories.TENANT, line_id))).iccid = iccid
        (await session.get_one(SimRow, (factories.TENANT, line_ids[1]))).status = "retired"
        spare = SimRow(tenant=factories.TENANT, id=new_id(), status="in_stock", carrier="n", kind="pSIM", iccid=SPARE)
        session.add(spare)
        session.add(
            SimRow(tenant=factories.TENANT, id=new_id(), status="active", carrier="n", kind="pSIM", iccid=ALONE)
        )
    answered = [IN_USE, RETIRED, SPARE, ALONE, "no ICCID", None]
    known = await _facts(database, [{"line": line_ids[0], "iccid": iccid} for iccid in answered], SIMS_IN_USE)
    assert SIMS_IN_USE.of(known) == {IN_USE: line_ids[0], ALONE: ""}


async def test_a_sim_is_in_use_from_the_submit_of_the_order_that_names_it(database: Database) -> None:
    await factories.create_company(database)
    kind = order_types_by_code()["SIM_REPLACE"]
    spec = factories.OrderSpec(type=kind, item_answers=({"iccid": SPARE},))
    (item,) = (await factories.create_order(database, spec)).items
    known = await _facts(database, [{"iccid": SPARE}], SIMS_IN_USE)
    assert SIMS_IN_USE.of(known) == {SPARE: item.line_id}
    async with database.transaction() as session:
        await session.exec(update(OrderRow).values(closed_at=known.now))
    assert SIMS_IN_USE.of(await _facts(database, [{"iccid": SPARE}], SIMS_IN_USE)) == {}


async def test_an_iccid_is_found_as_people_write_it(database: Database, line_ids: list[str]) -> None:
    async with database.transaction() as session:
        (await session.get_one(SimRow, (factories.TENANT, line_ids[0]))).iccid = IN_USE
    known = await _facts(database, [{"iccid": f"{IN_USE[:4]} {IN_USE[4:]}"}], SIMS_IN_USE)
    assert SIMS_IN_USE.of(known) == {IN_USE: line_ids[0]}
