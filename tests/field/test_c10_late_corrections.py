"""What a carrier corrects about a completed item is a task: nothing changes until a person decides."""

from datetime import timedelta

import pytest
from sqlmodel import col, update

from models.db.inventory.tables import InventoryChangeRow, LineRow
from models.db.orders.tables import EventRow
from models.db.session import utc_now
from models.identifiers import LABELS
from models.lifecycle import ItemState, Status
from models.order import CarrierUpdate, Channel, Identifiers, ItemUpdate, Order
from outbox.carrier_intake import receive_update
from tests import factories
from tests.field.open_order import Field
from tests.workflows.workflow_env import KEYRING
from workflows.order_type_registry import order_type

pytestmark = [pytest.mark.fault("7"), pytest.mark.fault("9")]

KNOWN = {
    "MDN": "+13125550142",
    "IMEI": "490154203237518",
    "IMEI2": "353322119000017",
    "ICCID": "89014103211118510720",
}
CORRECTED = {
    "MDN": "+13125550199",
    "IMEI": "867234020000011",
    "IMEI2": "353322119000025",
    "ICCID": "8901260222381234570",
}
EACH = pytest.mark.parametrize("name", CORRECTED)


async def completed(field: Field, *, items: int = 1) -> Order:
    order = await field.order(items=items)
    await field.event(order, "completed", at=utc_now() - timedelta(hours=1), **KNOWN)
    await field.env.wait_for_item_states(order, "done", *["placed"] * (items - 1))
    return order


async def has(field: Field, order: Order, reported: dict[str, str]) -> None:
    """Inventory, page and search have these values, and no other ones of the tests."""
    expected = {name.lower(): value for name, value in reported.items()}
    shown = (await field.seen(order))["items"][0]
    assert await field.inventory(order) == expected
    assert {name: shown[name] for name in expected} == expected
    for name, value in reported.items():
        other = ({KNOWN[name], CORRECTED[name]} - {value}).pop()
        assert (await field.found(value), await field.found(other)) == ([order.number], [])


@EACH
async def test_a_correction_is_a_task_that_shows_both_values_and_changes_nothing(field: Field, name: str) -> None:
    order = await completed(field)
    await field.event(order, "completed", at=utc_now() - timedelta(days=1), **KNOWN | {name: CORRECTED[name]})
    assert await field.tasks(order) == []
    for reported in ({name: CORRECTED[name]}, KNOWN | {name: CORRECTED[name]}):
        await field.event(order, "completed", **reported)
    (task,) = await field.tasks(order)
    assert (task.kind, task.choices) == ("late_correction", ["correct_inventory", "kept", "ordered"])
    async with await field.office.client("Person AD", factories.TENANT) as client:
        page = (await client.get(f"/tasks/{task.id}", headers={"Accept": "text/html"})).text
    assert KNOWN[name] in page
    assert CORRECTED[name] in page
    await has(field, order, KNOWN)


@EACH
async def test_a_correction_that_is_taken_over_is_in_the_inventory_with_its_history(field: Field, name: str) -> None:
    order = await completed(field)
    await field.event(order, "completed", **{name: CORRECTED[name]})
    task = await field.act(order, "correct_inventory")
    assert (task.state, task.outcome, task.closed_by) == ("closed", "correction_taken_over", "Person AD")
    await has(field, order, KNOWN | {name: CORRECTED[name]})
    changes = {row.kind: row for row in await field.env.rows(InventoryChangeRow, order)}
    change = changes[f"correct:{task.seq}"]
    record, what = {"MDN": ("line", "mdn"), "ICCID": ("sim", "iccid")}.get(name, ("device", name.lower()))
    assert (change.before[record][what], change.after[record][what]) == (KNOWN[name], CORRECTED[name])
    last = max(await field.env.rows(EventRow, order), key=lambda row: row.seq)
    assert (last.event, last.data["evidence"], last.status) == (
        "correction_taken_over",
        "Jordan needs it.",
        "COMPLETED",
    )
    await field.event(order, "completed", **{name: CORRECTED[name]})
    assert len(await field.tasks(order)) == 1


@EACH
async def test_what_the_inventory_has_is_kept_with_a_note(field: Field, name: str) -> None:
    order = await completed(field)
    await field.event(order, "completed", **{name: CORRECTED[name]})
    assert (await field.settle(order, "kept", "")).status_code == 422
    assert (await field.settle(order, "kept", "Case 4711: a typo of theirs.")).status_code == 200
    await field.event(order, "completed", **{name: CORRECTED[name]})
    (task,) = await field.tasks(order)
    assert (task.state, task.choice, task.note) == ("closed", "kept", "Case 4711: a typo of theirs.")
    await has(field, order, KNOWN)


@pytest.mark.fault("2")
@pytest.mark.parametrize("channel", [Channel.WEBHOOK, Channel.RECONCILER])
async def test_an_item_is_completed_while_the_order_goes_on(field: Field, channel: Channel) -> None:
    order = await completed(field, items=2)
    corrected = Identifiers(mdn=CORRECTED["MDN"], imei=CORRECTED["IMEI"])
    item = ItemUpdate(item_id=order.items[0].id, state=ItemState.DONE, identifiers=corrected)
    update = CarrierUpdate(
        event_id="late", carrier=field.env.carrier.code, client_ref=f"{order.id}:1", items=(item,), channel=channel
    )
    await field.env.database.run(receive_update, KEYRING, update.carrier, update, b"{}")
    await has(field, order, KNOWN)
    assert (await field.act(order, "correct_inventory")).state == "closed"
    await has(field, order, KNOWN | {name: CORRECTED[name] for name in ("MDN", "IMEI")})
    assert (await field.item(order)).reported["mdn"]["by"] == channel
    await field.event(order, "completed", item=1, MDN="+13125550188")
    await field.env.wait_for_status(order, Status.COMPLETED)


async def test_each_other_value_is_a_task_and_an_older_one_replaces_no_newer(field: Field) -> None:
    order, at = await completed(field), utc_now() - timedelta(minutes=30)
    await field.event(order, "completed", at=at, MDN="+13125550188")
    await field.event(order, "completed", at=at + timedelta(minutes=9), MDN=CORRECTED["MDN"])
    await field.event(order, "completed", at=at + timedelta(minutes=5), MDN="+13125550188")
    older, newer = await field.tasks(order)
    assert [task.evidence["corrected"] for task in (older, newer)] == [
        {"mdn": "+13125550188"}, {"mdn": CORRECTED["MDN"]},
    ]  # fmt: skip
    async with await field.office.client("Person AD", factories.TENANT) as client:
        body = {"choice": "kept", "text": "There is a newer one."}
        assert (await client.post(f"/api/v1/tasks/{older.id}/settle", json=body)).status_code == 200
    assert (await field.act(order, "correct_inventory")).state == "closed"
    await has(field, order, KNOWN | {"MDN": CORRECTED["MDN"]})


@pytest.mark.parametrize("name", ["MDN", "IMEI", "ICCID"])
async def test_what_something_else_has_is_not_taken_over(field: Field, name: str) -> None:
    other = await field.order()
    await field.event(other, "completed", **CORRECTED)
    await field.env.wait_for_status(other, Status.COMPLETED)
    order = await completed(field)
    await field.event(order, "completed", **{name: CORRECTED[name]})
    task = await field.act(order, "correct_inventory")
    assert (task.state, "is already in use: line (312) 555-0199 has it." in (task.problem or "")) == ("open", True)
    assert (await field.inventory(order))[name.lower()] == KNOWN[name]


async def test_a_line_that_has_changed_since_is_not_corrected(field: Field) -> None:
    order = await completed(field)
    await field.event(order, "completed", MDN=CORRECTED["MDN"])
    async with field.env.database.transaction() as session:
        moved = update(LineRow).where(col(LineRow.mdn) == KNOWN["MDN"]).values(mdn="+13125550177")
        await session.exec(moved)
    task = await field.act(order, "correct_inventory")
    assert (task.state, "has changed since" in (task.problem or "")) == ("open", True)
    assert (await field.inventory(order))["mdn"] == "+13125550177"
    last = max(await field.env.rows(EventRow, order), key=lambda row: row.seq)
    assert last.event == "correction_unsettled"


@pytest.mark.parametrize("name", ["IMEI2", "ICCID"])
async def test_what_the_carrier_tells_only_after_completion_is_a_task_too(field: Field, name: str) -> None:
    order = await field.order()
    await field.event(order, "completed", **{one: value for one, value in KNOWN.items() if one != name})
    await field.env.wait_for_status(order, Status.COMPLETED)
    await field.event(order, "completed", **KNOWN)
    (task,) = await field.tasks(order)
    assert f"no {LABELS[name.lower()]}" in task.evidence["before"]
    assert (await field.inventory(order))[name.lower()] is None
    assert (await field.act(order, "correct_inventory")).state == "closed"
    await has(field, order, KNOWN)


async def test_what_was_left_out_on_purpose_is_no_correction(field: Field) -> None:
    other = await completed(field)
    order = await field.order()
    reported = {"MDN": CORRECTED["MDN"], "IMEI": KNOWN["IMEI"]}
    await field.event(order, "completed", **reported)
    await field.failed(order)
    assert (await field.settle(order, "complete_without", "They share it.")).status_code == 200
    await field.env.wait_for_status(order, Status.COMPLETED)
    await field.event(order, "completed", **reported)
    assert [task.kind for task in await field.tasks(order)] == ["failed_step"]
    assert (await field.inventory(other))["imei"] == KNOWN["IMEI"]


async def test_an_order_that_sets_no_number_hears_nothing_of_the_line(field: Field) -> None:
    order = await field.env.start_new(order_type("SERVICE_SUSPEND"), until=Status.IN_FULFILLMENT)
    await field.event(order, "completed")
    await field.env.wait_for_status(order, Status.COMPLETED)
    await field.event(order, "completed", IMEI=CORRECTED["IMEI"], ICCID=CORRECTED["ICCID"])
    assert await field.tasks(order) == []
