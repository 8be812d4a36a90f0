"""Builds what a carrier is sent to carry out an order."""

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from carriers.base import BillingAccount, CarrierOrder, CarrierOrderItem
from carriers.work import changes_of, offering_of, products_at_carrier
from models.db.accounts import carrier_accounts
from models.db.catalog import products
from models.db.catalog.products import ProductAtCarrier, product_names
from models.db.encryption import Keyring
from models.db.inventory import devices, lines
from models.db.inventory.known_at_carrier import KnownAtCarrier
from models.db.orders import item_reports, order_rows, order_values, secret_answers
from models.db.orders.tables import ItemRow, OrderRow
from models.db.session import Session
from models.lifecycle import ItemState
from models.order import Identifiers, Order
from models.questions.features import (
    ADD_FEATURES,
    MOVED_FEATURES,
    REMOVE_FEATURES,
    REPLACED_FEATURES,
    already_off,
    left_to_change,
)
from models.questions.products import KEPT_FEATURES, features_with_plan
from models.questions.shipping import EXPEDITE, SHIP_TO
from models.step import Reserve, carrier_actions

_CHANGE_FEATURES = "change_features"


async def build_carrier_order(
    session: Session,
    keyring: Keyring,
    row: OrderRow,
    all_items: Sequence[ItemRow],
    item_ids: Collection[str],
    *,
    part: int,
    client_ref: str,
) -> CarrierOrder:
    """The order with those of these items that have not ended. `part` counts the type's PLACE steps, from 1."""
    order = order_values.from_rows(row, all_items)
    items = [item for item in all_items if item.id in item_ids and not ItemState(item.state).final]
    carrier = order.carrier or ""
    known_there = await _known_there(session, order, items)
    skus = {sku for item in items for sku in products_at_carrier(order.type, item.answers)}
    if order.type.has(Reserve):  # the carrier makes the lines again
        skus |= {subject.plan for subject in known_there.values() if subject.plan}
    known = await products.at_carrier(session, order.tenant, carrier, skus) if skus else {}
    all_answers = await secret_answers.opened(session, keyring, order.ref, [item.answers for item in items])
    actions = {item.id: carrier_actions(order.steps_of(item))[part - 1] for item in order.items}
    return CarrierOrder(
        client_ref=client_ref,
        number=order.number,
        items=tuple(
            _item(
                order,
                item,
                action=actions[item.id],
                answers=answers,
                known=known,
                subject=known_there.get(item.id),
            )
            for item, answers in zip(items, all_answers, strict=True)
        ),
        ship_to=SHIP_TO.of(row.answers),
        expedite=bool(EXPEDITE.of(row.answers)),
        urgency=row.urgency,
        billing_account=await billing_account(session, order.tenant, row.account_id, carrier),
        instructions=row.instructions,
    )


def has_work(item: CarrierOrderItem) -> bool:
    """Whether there is something for the carrier to do: not if the line has its features already as ordered."""
    asked = {ADD_FEATURES.code, REMOVE_FEATURES.code, MOVED_FEATURES.code}
    return item.action != _CHANGE_FEATURES or not asked.isdisjoint(item.changes)


async def already_ended(
    session: Session, order: Order, item_ids: Collection[str]
) -> tuple[tuple[str, tuple[str, ...]], ...]:
    """The names of the features that items were to remove, and that have ended since the order was submitted."""
    if not order.type.asks(REMOVE_FEATURES.code):
        return ()
    items = [one for one in await order_rows.items_of(session, order.ref) if one.id in item_ids]
    present = await lines.features_of(session, order.tenant, [item.line_id for item in items if item.line_id])
    ended = {item.id: already_off(item.answers, present.get(item.line_id or "", ())) for item in items}
    skus = {sku for some in ended.values() for sku in some}
    names = await product_names(session, order.tenant, skus) if skus else {}
    return tuple((item, tuple(names.get(sku, sku) for sku in some)) for item, some in ended.items() if some)


async def _known_there(session: Session, order: Order, items: Collection[ItemRow]) -> Mapping[str, KnownAtCarrier]:
    """What the carrier knows the lines or devices of the items by, by item; nothing of lines without a number yet."""
    if order.type.about_devices:
        found = await devices.at_carrier(session, order.tenant, [item.device_id for item in items if item.device_id])
        return {item.id: found[item.device_id] for item in items if item.device_id in found}
    line_ids = [item.line_id for item in items if item.line_id] if order.type.about_lines else []
    of_lines = await lines.at_carrier(session, order.tenant, line_ids) if line_ids else {}
    return {item.id: of_lines[item.line_id] for item in items if item.line_id in of_lines}


async def billing_account(session: Session, tenant: str, account_id: str, carrier: str) -> BillingAccount | None:
    """The account at the carrier that an account uses, if it has one."""
    used = await carrier_accounts.used_by(session, tenant, account_id)
    return next(
        (
            BillingAccount(number=row.number, foundation=row.foundation, name=row.name_on_bill)
            for row, _ in used
            if row.carrier == carrier
        ),
        None,
    )


def _item(
    order: Order,
    item: ItemRow,
    *,
    action: str,
    answers: Mapping[str, Any],
    known: Mapping[str, ProductAtCarrier],
    subject: KnownAtCarrier | None,
) -> CarrierOrderItem:
    """`subject` is None where the item makes its line, or where that has no phone number yet."""
    if subject:
        answers = left_to_change(answers, subject.features, subject.ended_there)
    if subject and KEPT_FEATURES.code in answers:
        answers = {**answers, KEPT_FEATURES.code: features_with_plan(answers, item.before, subject.features)}
    return CarrierOrderItem(
        item_id=item.id,
        action=action,
        subject=subject.identifiers if subject else Identifiers(mdn=item.mdn),
        changes=item_changes(order, item, answers, known),
        offering=offering_of(order.type, item.answers, known, present=subject.plan if subject else None),
        billing_account=subject.billing_account if subject else None,
    )


def item_changes(
    order: Order, item: ItemRow, answers: Mapping[str, Any], known: Mapping[str, ProductAtCarrier]
) -> Mapping[str, Any]:
    """The item's answers with secrets opened, or what the carrier has reported. What is replaced is removed by name."""
    reported = {code: value for code, value in item_reports.identifiers_of(item).known.items() if order.type.asks(code)}
    changes = changes_of(order.type, {**answers, **reported}, known)
    replaced = REPLACED_FEATURES.of(changes) or []
    removed = {REMOVE_FEATURES.code: [*(REMOVE_FEATURES.of(changes) or ()), *replaced]} if replaced else {}
    return {**changes, **removed}
