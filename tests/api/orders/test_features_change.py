"""Features of a line: what the form offers, what the pages say, and how a change is taken back."""

import html
import re
from datetime import timedelta
from typing import Any

from sqlmodel import col, update

from models.db.inventory.tables import LineRow
from models.db.orders.tables import ItemRow
from models.db.session import utc_now
from models.events.ending import PARTIALLY_FULFILLED
from models.lifecycle import ItemState, Status
from models.order import ItemSnapshot
from tests.api.api_client import ApiTenant, Json
from tests.api.next_orders.test_again import HTML, page_of
from tests.api.next_orders.test_next_orders import completed
from tests.api.orders.test_line_orders import line_of, submit

ORDERS, FORM = "/api/v1/orders", "/order/FEATURES_CHANGE"
LAST_DAY = (utc_now() + timedelta(days=300)).date().isoformat()


async def aarons_line(office: ApiTenant, *features: str) -> LineRow:
    """Aaron's line, of the carrier Northwind, has these features and a plan that goes with all."""
    line = await line_of(office, "Aaron")
    assert line.carrier == "northwind"
    async with office.database.transaction() as session:
        has = {"plan": "NW-UNLIMITED", "features": [*features]}
        await session.exec(update(LineRow).where(col(LineRow.id) == line.id).values(**has))
    return line


async def change(office: ApiTenant, line: LineRow, path: str = ORDERS, **answers: Any) -> Json:
    answer = await submit(office, "Aaron", {"type": "FEATURES_CHANGE", "answers": answers}, line.id, path)
    assert answer.status_code in {200, 201}, answer.text
    result: Json = answer.json()
    return result


async def test_the_quote_counts_what_is_added_and_removed(office: ApiTenant) -> None:
    line = await aarons_line(office, "NW-CALLFILTER", "NW-ROAM-WORLD")
    quote = await change(
        office,
        line,
        f"{ORDERS}?dry_run=true",
        add_features=["NW-ROAM-EU", "NW-PTT"],
        remove_features=["NW-CALLFILTER"],
        destination="FR",
        ends_on=LAST_DAY,
    )
    assert (quote["price"]["monthly"], quote["price"]["monthly_before"]) == ("19.00", "32.00")
    assert [charge["sku"] for charge in quote["items"][0]["charges"]] == ["NW-ROAM-EU", "NW-PTT"]
    answers = {one["question"]: (one["value"], one["from"]) for one in quote["items"][0]["answers"]}
    assert answers["replaced_features"] == (["NW-ROAM-WORLD"], "line")
    assert answers["replace_conflicting"] == (True, "policy")
    assert quote["approvals"] == []


async def test_what_costs_more_is_approved_by_the_manager(office: ApiTenant) -> None:
    quote = await change(office, await aarons_line(office), f"{ORDERS}?dry_run=true", add_features=["NW-PTT"])
    assert [stage["label"] for stage in quote["approvals"]] == ["Manager"]


async def test_the_form_offers_what_can_be_added_and_what_can_be_removed(office: ApiTenant) -> None:
    line = await aarons_line(office, "NW-CALLFILTER")
    form = await page_of(office, "Aaron", f"{FORM}?line={line.id}")
    added = set(re.findall(r'name="items\.0\.add_features" value="([^"]*)"', form))
    assert {"NW-PTT", "NW-ROAM-EU"} <= added
    assert not added & {"NW-CALLFILTER", "NW-STATIC-IP", "BP-PTT"}
    assert set(re.findall(r'name="items\.0\.remove_features" value="([^"]+)"', form)) == {"NW-CALLFILTER"}
    assert "items.0.destination" not in form
    for question in ("add_features", "remove_features"):
        assert re.search(rf'<details class="more" id="items-0-{question}-more" open>', form), "they are what it is for"


async def test_the_form_asks_for_a_destination_and_an_end_only_for_roaming(office: ApiTenant) -> None:
    line = await aarons_line(office)
    fields = {"items": "1", "items.0.line": line.id, "items.0.add_features": "NW-ROAM-EU"}
    async with await office.client("Aaron") as client:
        roaming = (await client.post(f"{FORM}/update", data=fields, headers=HTML)).text
        other = (
            await client.post(f"{FORM}/update", data=fields | {"items.0.add_features": "NW-PTT"}, headers=HTML)
        ).text
    assert 'name="items.0.destination"' in roaming
    assert ">France</option>" in roaming
    assert 'name="items.0.destination"' not in other


async def test_the_pages_name_the_features(office: ApiTenant) -> None:
    line = await aarons_line(office, "NW-CALLFILTER")
    order = await change(office, line, add_features=["NW-PTT"], remove_features=["NW-CALLFILTER"])
    page = await page_of(office, "Aaron", f"/orders/{order['number']}")
    assert "Features to add: Push to Talk · Features to remove: Call Filter" in re.sub(r"\s+", " ", page)
    assert "conflict" not in page


async def changed_in_part(office: ApiTenant) -> tuple[LineRow, Json]:
    """Push to Talk was added to Aaron's line; the carrier refused Europe Roaming."""
    line = await aarons_line(office)
    answers: dict[str, Any] = {"add_features": ["NW-PTT", "NW-ROAM-EU"], "destination": "FR", "ends_on": LAST_DAY}
    order = await change(office, line, **answers)
    (item,) = order["items"]
    async with office.database.transaction() as session:
        row = await session.get_one(ItemRow, ("acme", order["id"], item["id"]))
        row.refused_features = [["NW-ROAM-EU", "not available for this line"]]
        (await session.get_one(LineRow, ("acme", line.id))).features = ["NW-PTT"]
    partly = ItemSnapshot(item_id=item["id"], state=ItemState.PARTLY_DONE)
    await office.write_event(order, PARTIALLY_FULFILLED, Status.PARTIALLY_FULFILLED, items=(partly,))
    return line, order


async def test_a_page_says_what_is_on_and_what_was_refused_and_offers_to_take_back_what_is_on(
    office: ApiTenant,
) -> None:
    _, order = await changed_in_part(office)
    page = html.unescape(await page_of(office, "Aaron", f"/orders/{order['number']}"))
    assert "Added: Push to Talk. Refused by the carrier: Europe Roaming (not available for this line)." in page
    async with await office.client("Aaron") as client:
        (item,) = (await client.get(f"{ORDERS}/{order['number']}")).json()["items"]
        (found,) = (await client.get(f"{ORDERS}/{order['number']}/next-orders")).json()
    assert (item["state"], found["label"]) == ("partly_done", "Change back")
    assert item["refused_features"] == [{"sku": "NW-ROAM-EU", "reason": "not available for this line"}]
    form = await page_of(office, "Aaron", found["url"])
    assert re.search(r'name="items\.0\.remove_features" value="NW-PTT"[^>]* checked', form)
    assert not re.search(r'name="items\.0\.add_features" value="[^"]*"[^>]* checked', form)


async def test_the_rest_of_an_order_is_what_was_refused(office: ApiTenant) -> None:
    _, order = await changed_in_part(office)
    async with await office.client("Aaron") as client:
        again = (await client.post(f"{ORDERS}/{order['number']}/again", json={})).json()
    (item,) = again["order"]["items"]
    assert (item["add_features"], item["destination"]) == (["NW-ROAM-EU"], "FR")


async def test_a_line_shows_until_when_a_feature_is_on(office: ApiTenant) -> None:
    line = await aarons_line(office, "NW-PTT", "NW-ROAM-EU")
    async with office.database.transaction() as session:
        row = await session.get_one(LineRow, ("acme", line.id))
        gone = {"sku": "NW-CALLFILTER", "on": "2026-12-10", "by": "us"}
        row.feature_ends = [{"sku": "NW-ROAM-EU", "on": "2026-12-10", "by": "us"}, gone]
    async with await office.client("Aaron") as client:
        details = (await client.get(f"/api/v1/lines/{line.id}")).json()
    assert details["feature_ends"] == [{"sku": "NW-ROAM-EU", "on": "2026-12-10", "by": "us"}]
    page = await page_of(office, "Aaron", f"/lines/{line.id}")
    assert "Push to Talk, Europe Roaming (until Thu, Dec 10, 2026)" in page


async def test_the_inverse_change_is_filled_in(office: ApiTenant) -> None:
    line = await aarons_line(office, "NW-CALLFILTER")
    order = await completed(
        office, await change(office, line, add_features=["NW-PTT"], remove_features=["NW-CALLFILTER"])
    )
    async with office.database.transaction() as session:
        (await session.get_one(LineRow, ("acme", line.id))).features = ["NW-PTT"]
    async with await office.client("Aaron") as client:
        (found,) = (await client.get(f"{ORDERS}/{order['number']}/next-orders")).json()
    assert (found["label"], found["cause"]) == ("Change back", "inverse")
    form = await page_of(office, "Aaron", found["url"])
    assert re.search(r'name="items\.0\.add_features" value="NW-CALLFILTER"[^>]* checked', form)
    assert re.search(r'name="items\.0\.remove_features" value="NW-PTT"[^>]* checked', form)
