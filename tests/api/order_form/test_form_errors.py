"""Which errors an order form tells while it is filled in, and which fields it folds."""

import html
import re
from typing import Any

import pytest
from sqlmodel import col, select

from api.order_form.fields import FormState, field_of
from models import questions
from models.db.inventory.tables import LineRow
from models.db.people.tables import PersonRow
from models.question import Asked, AskedAt, Source
from models.questions.termination import DEVICE_GOES
from tests import factories
from tests.api.api_client import ApiTenant
from tests.api.order_form.test_order_form import NEW, PHONE, _get, _post
from workflows.order_type_registry import order_types_by_code

UPDATE, REASSIGN, PLAN_CHANGE = "/order/SUBSCRIBER_UPDATE", "/order/LINE_REASSIGN", "/order/PLAN_CHANGE"
ADDRESS = {
    "name": "Dana Ortiz",
    "line1": "5 Oak St",
    "city": "Peoria",
    "state": "IL",
    "postal_code": "61602",
    "country": "US",
}
NOTHING_CHANGES = "The carrier's record of this line says this already."
WHAT_IS_LEFT = "Continue to see what's missing"


async def _line_of_dana(office: ApiTenant, **changes: Any) -> LineRow:
    """Dana's only line, of which the carrier has the name, the label and the address."""
    dana = await office.row("Dana")
    recorded = {"subscriber_name": dana.name, "labels": "CC-1", "service_address": ADDRESS}
    async with office.database.transaction() as session:
        line = (await session.exec(select(LineRow).where(col(LineRow.person_id) == dana.id))).one()
        line.sqlmodel_update({**recorded, **changes})
    return line


async def _page(office: ApiTenant, path: str, **fields: str) -> str:
    """The form as Dana opens it, or as it is after she has entered `fields`."""
    async with await office.client("Dana") as client:
        page = await (_post(client, f"{path}/update", **fields) if fields else _get(client, path))
    return html.unescape(page.text)


def _folded(page: str) -> set[str]:
    """The names of the fields below `Prefilled details` and `More options`."""
    sections = re.findall(r'<details class="more" id="more-.*?</details>', page, flags=re.DOTALL)
    return {name for section in sections for name in re.findall(r'name="([^"]+)"', section)}


def _tells_errors(page: str) -> bool:
    return "Fix this problem" in page or "Fix these problems" in page or 'class="wrong"' in page


@pytest.mark.parametrize("code", sorted(order_types_by_code()))
async def test_an_untouched_form_tells_no_error(office: ApiTenant, code: str) -> None:
    line = await _line_of_dana(office, **factories.present_state(order_types_by_code()[code], {}))
    assert not _tells_errors(await _page(office, f"/order/{code}"))
    if order_types_by_code()[code].about_lines:
        assert not _tells_errors(await _page(office, f"/order/{code}?line={line.id}"))


async def test_what_is_missing_is_told_when_the_form_is_submitted(office: ApiTenant) -> None:
    line = await _line_of_dana(office)
    assert WHAT_IS_LEFT in await _page(office, f"{UPDATE}?line={line.id}")
    page = await _page(office, f"{UPDATE}?line={line.id}&check=true")
    assert f'<a href="#items-0-subscriber_name">{NOTHING_CHANGES}' in page


async def test_an_entered_answer_that_changes_nothing_is_told_at_once(office: ApiTenant) -> None:
    line = await _line_of_dana(office)
    same = {"items": "1", "items.0.line": line.id, "items.0.subscriber_name": str(line.subscriber_name)}
    assert f'<a href="#items-0-subscriber_name">{NOTHING_CHANGES}' in await _page(office, UPDATE, **same)


async def test_a_line_that_cannot_be_changed_is_told_when_the_form_opens(office: ApiTenant) -> None:
    line = await _line_of_dana(office, status="terminated")
    assert _tells_errors(await _page(office, f"{UPDATE}?line={line.id}"))


async def test_an_invalid_default_is_missing_rather_than_wrong(office: ApiTenant) -> None:
    dana = await office.row("Dana")
    async with office.database.transaction() as session:
        row = await session.get_one(PersonRow, (dana.tenant, dana.id))
        row.address = {**(dana.address or {}), "line1": "PO Box 7"}
    form = await _page(office, NEW, **PHONE)
    checked = await _page(office, f"{NEW}?check=true")
    assert not _tells_errors(form)
    assert "1 required field left" in form
    assert "answers.ship_to.line1" not in _folded(form)
    assert '<a href="#answers-ship_to">' in checked


async def test_a_line_is_assigned_to_a_person_who_is_chosen(office: ApiTenant) -> None:
    line, jordan = await _line_of_dana(office), await office.row("Jordan")
    entered = {"items": "1", "items.0.line": line.id, "answers.use_policy": "yes"}
    undecided = await _page(office, REASSIGN, **entered)
    assert "1 required field left" in undecided
    assert '<option value="" selected>Select an option</option>' in undecided
    assert "Ready to submit" in await _page(office, REASSIGN, **entered, beneficiary_id=jordan.id)
    assert "already assigned to" in await _page(office, REASSIGN, **entered, beneficiary_id=str(line.person_id))


async def test_a_consent_says_what_it_is_for(office: ApiTenant) -> None:
    line = await _line_of_dana(office, features=["NW-CALLFILTER", "NW-WIFI"])
    page = await _page(office, PLAN_CHANGE, **{"items": "1", "items.0.line": line.id, "items.0.plan": "NW-FLEX-2"})
    assert re.search(r"doesn't offer .+, which ends? with this change\.", page)
    assert "1 required field left" in page
    assert not _tells_errors(page)


@pytest.mark.parametrize("code", sorted(order_types_by_code()))
async def test_what_an_order_replaces_and_what_has_no_default_is_not_folded(office: ApiTenant, code: str) -> None:
    line = await _line_of_dana(office)
    asked = [questions.find(one.code) for one in order_types_by_code()[code].asked(AskedAt.SUBMIT)]
    replaced = {f"items.0.{one.code}" for one in asked if one.replaces}
    for path in (f"/order/{code}", f"/order/{code}?line={line.id}"):
        page = await _page(office, path)
        assert not {name for name in _folded(page) if any(name.startswith(path) for path in replaced)}


async def test_a_default_stays_folded_and_marked_after_another_answer_is_entered(office: ApiTenant) -> None:
    form = await _page(office, NEW, **PHONE, **{"answers.payment_term": "full", "items.0.area_code": "773"})
    assert {"answers.payment_term", "items.0.area_code"} <= _folded(form)
    assert "24 months (default)" in form


def test_what_a_check_has_wanted_does_not_become_optional_once_it_is_answered() -> None:
    state = FormState(body={"items": [{"device_goes": "stock"}]})
    assert field_of(DEVICE_GOES, Asked("device_goes", by=Source.CHECK), "items.0", state).required
