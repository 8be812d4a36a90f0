"""List filters."""

from typing import Any

import pytest

from demo.simulator.errors import InvalidRequestError
from demo.simulator.filters import CANCELLATION, ORDER, filter_by
from tests.demo.simulator.simulator_client import Client, phone, suspension
from tests.tmf622.definition import document

DOCUMENT: dict[str, Any] = {
    "id": "C1",
    "state": "held",
    "description": "red, not blue",
    "priority": "2",
    "category": "phones",
    "orderDate": "2026-11-16T15:00:00.250Z",
    "billingAccount": {"id": "FA-7"},
    "relatedParty": [{"id": "me", "role": "Customer"}, {"id": "northwind", "role": "Seller"}],
    "note": [{"text": "hello", "date": "2026-11-17T09:00:00Z"}],
    "productOrderItem": [
        {
            "id": "1",
            "quantity": 3,
            "product": {"isBundle": False, "productCharacteristic": [{"name": "skus", "value": ["A", "B"]}]},
        }
    ],
}


@pytest.mark.parametrize(
    ("name", "text", "matches"),
    [
        ("state", "held", True),
        ("state", "hel", False),
        ("state", "completed,held", True),
        ("state", "completed,failed", False),
        ("description", "red, not blue", True),
        ("completionDate", "2026-11-16", False),
        ("billingAccount.id", "FA-7", True),
        ("billingAccount.name", "FA-7", False),
        ("relatedParty.role", "Seller", True),
        ("relatedParty.role", "Agent,Customer", True),
        ("productOrderItem.quantity", "3", True),
        ("productOrderItem.product.isBundle", "false", True),
        ("productOrderItem.product.productCharacteristic.value", "B", True),
        ("productOrderItem.product.productCharacteristic.value", "C", False),
        ("priority.lte", "2", True),
        ("priority.lt", "2", False),
        ("priority.gt", "1.5", True),
        ("category.gt", "1", False),
        ("productOrderItem.quantity.gte", "4", False),
        ("orderDate.gt", "2026-11-16", True),
        ("orderDate.gt", "2026-11-16T15:00:00.250Z", False),
        ("orderDate.gte", "2026-11-16T16:00:00.250+01:00", True),
        ("orderDate.lt", "2026-11-17", True),
        ("completionDate.gt", "2000-01-01", False),
        ("note.date.lte", "2026-11-17T09:00:00Z", True),
    ],
)
def test_a_filter_matches_the_values_it_names(name: str, text: str, *, matches: bool) -> None:
    assert filter_by(name, [text], ORDER)(DOCUMENT) is matches


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("color", "red"),
        ("color.shade", "red"),
        ("state.color", "red"),
        ("note", "hello"),
        ("note.", "hello"),
        (".state", "held"),
        ("", "held"),
        ("gt", "1"),
        ("note.gt", "1"),
        ("productOrder.id", "C1"),
        ("orderDate.gt", "yesterday"),
        ("orderDate.gt", "7"),
        ("priority.gt", "high"),
        ("priority.gt", "1,2"),
    ],
)
def test_an_invalid_filter_is_rejected(name: str, text: str) -> None:
    with pytest.raises(InvalidRequestError):
        filter_by(name, [text], ORDER)


@pytest.mark.parametrize(("name", "resource"), [("ProductOrder", ORDER), ("CancelProductOrder", CANCELLATION)])
def test_every_first_level_attribute_of_the_definition_can_be_filtered_by(name: str, resource: Any) -> None:
    properties: dict[str, Any] = document()["definitions"][name]["properties"]
    plain = {name for name, schema in properties.items() if "type" in schema and schema["type"] != "array"} | {"state"}
    assert resource.plain >= plain
    assert resource.structured == properties.keys() - plain


async def test_two_filters_make_a_range_of_dates(client: Client) -> None:
    order = await client.place(suspension())
    later = await client.until(await client.place(phone(simulate="backorder=60")), "held")
    for name in ("orderDate", "expectedCompletionDate"):
        bounds = {f"{name}.gte": later[name], f"{name}.lt": "2999-01-01"}
        found = (await client.http.get("/productOrder", params=bounds)).json()
        assert later["id"] in {order["id"] for order in found}
    empty = {"orderDate.gt": order["orderDate"], "orderDate.lt": order["orderDate"]}
    assert (await client.http.get("/productOrder", params=empty)).json() == []


async def test_cancellations_are_found_by_their_order(client: Client) -> None:
    orders = [await client.until(await client.place(phone(simulate="backorder=3600")), "held") for _ in range(2)]
    tasks = [(await client.cancel(order)).json() for order in orders]
    for order, task in zip(orders, tasks, strict=True):
        query = {"productOrder.id": order["id"], "state": "acknowledged,done"}
        found = (await client.http.get("/cancelProductOrder", params=query)).json()
        assert [document["id"] for document in found] == [task["id"]]
    assert (await client.http.get("/cancelProductOrder?priority=1")).status_code == 400
