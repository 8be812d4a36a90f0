"""Orders are charged to billing accounts at carriers, which departments share with the accounts above them."""

from typing import Any

import pytest
from sqlmodel import col, update

from models.db.accounts.carrier_accounts import numbers_of
from models.db.accounts.tables import CarrierAccountRow
from models.db.inventory.tables import LineRow
from tests.api.api_client import PHONE, ApiTenant
from tests.api.orders.test_line_orders import DRY, SUSPEND, line_of, submit

_ANSWERS: dict[str, Any] = {"device": "PIXEL-10-128", "recurring_charges": True, "use_policy": True}
PIXEL = PHONE | {"answers": _ANSWERS}


async def close_accounts(office: ApiTenant, carrier: str) -> None:
    """The company no longer has a billing account at this carrier, nor have its lines."""
    async with office.database.transaction() as session:
        closed = update(CarrierAccountRow).where(col(CarrierAccountRow.carrier) == carrier)
        await session.exec(closed.values(active=False))
        await session.exec(update(LineRow).where(col(LineRow.carrier) == carrier).values(carrier_account=None))


def errors_of(answer: Any) -> list[tuple[str, str]]:
    return [(one["code"], one["field"]) for one in answer.json().get("errors", ())]


@pytest.mark.fault("10")
@pytest.mark.parametrize(("body", "refused"), [(PHONE, True), (PIXEL, False)])
async def test_nothing_is_ordered_from_a_carrier_where_the_account_has_no_billing_account(
    office: ApiTenant, body: dict[str, Any], *, refused: bool
) -> None:
    await close_accounts(office, "northwind")
    answer = await submit(office, "Jordan", body, path=DRY)
    assert errors_of(answer) == ([("CARRIER_ACCOUNT_MISSING", "account_id")] if refused else [])


@pytest.mark.fault("10")
async def test_a_line_that_the_carrier_has_no_account_to_charge_for_is_not_changed(office: ApiTenant) -> None:
    line = await line_of(office, "Aaron")
    assert errors_of(await submit(office, "Aaron", SUSPEND, line.id)) == []
    await close_accounts(office, line.carrier)
    assert errors_of(await submit(office, "Aaron", SUSPEND, line.id)) == [("CARRIER_ACCOUNT_MISSING", "items.0.line")]


async def test_the_form_and_the_line_page_offer_nothing_that_would_be_refused(office: ApiTenant) -> None:
    line = await line_of(office, "Bianca")
    pages = ["/order/NEW_SERVICE_DEVICE", "/order/SERVICE_SUSPEND"]
    async with await office.browser("Bianca") as browser:
        before = [(await browser.get(page)).text for page in pages]
        await close_accounts(office, line.carrier)
        after = [(await browser.get(page)).text for page in pages]
    async with await office.client("Priya") as client:
        actions = {one["type"]: one["code"] for one in (await client.get(f"/api/v1/lines/{line.id}/actions")).json()}
    skus = {"northwind": "IPHONE-17-256", "bluepeak": "PIXEL-10-128"}
    assert [f'value="{skus[line.carrier]}"' in text for text in (before[0], after[0])] == [True, False]
    assert [f'value="{line.id}"' in text for text in (before[1], after[1])] == [True, False]
    assert (actions["SERVICE_SUSPEND"], actions["LINE_REASSIGN"]) == ("CARRIER_ACCOUNT_MISSING", None)


@pytest.mark.parametrize(
    ("department", "bluepeak"), [("FA-1000", "9400118820"), ("FA-1210", "9400118838"), ("FA-1300", "9400118820")]
)
async def test_a_department_uses_the_nearest_billing_account_above_it(
    office: ApiTenant, department: str, bluepeak: str
) -> None:
    async with await office.client("Grace") as client:
        found = (await client.get(f"/api/v1/accounts/{department}/dashboard")).json()["carrier_accounts"]
    assert {one["carrier"]: one["number"] for one in found} == {"northwind": "287301190", "bluepeak": bluepeak}
    async with await office.browser("Grace") as browser:
        page = (await browser.get(f"/accounts/{department}")).text
    assert bluepeak in page


async def test_a_closed_billing_account_is_not_used(office: ApiTenant) -> None:
    dispatch = await office.row("Mina", tenant="globex")
    async with office.database.transaction() as session:
        assert await numbers_of(session, "globex", dispatch.account_id or "") == {"northwind": "287309925"}
        await session.exec(update(CarrierAccountRow).values(active=False))
        assert await numbers_of(session, "globex", dispatch.account_id or "") == {}


async def test_a_line_shows_its_billing_account_to_those_who_see_identifiers(office: ApiTenant) -> None:
    line = await line_of(office, "Aaron")
    shown = {}
    for name in ("Aaron", "Wendy"):
        async with await office.client(name) as client:
            shown[name] = (await client.get(f"/api/v1/lines/{line.id}")).json()
    assert (shown["Aaron"]["carrier_account"], shown["Aaron"]["carrier_product_id"]) == (
        line.carrier_account,
        line.carrier_product_id,
    )
    assert shown["Wendy"]["mdn"] != line.mdn
    assert shown["Wendy"]["carrier_account"] != line.carrier_account
