"""A small company for workflow tests, and orders placed in it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from typing import Any

from pydantic_core import to_jsonable_python

from models.asks import QUESTIONS, Ask, Scope, When
from models.db import facts, line_locks
from models.db.accounts.tables import AccountRow, CostCenterRow
from models.db.catalog.tables import PolicyRow, PriceRow, ProductRow
from models.db.inventory.tables import DeviceRow, LineRow, SimRow
from models.db.order_events import record
from models.db.orders.tables import ItemRow, OrderRow
from models.db.people.tables import PersonRow, TenantRow
from models.db.session import Database, Session, new_id, utc_now
from models.lifecycle import Event, ItemState, Status
from models.order import Actor, ActorKind, Channel, Item, Order, OrderEvent, Request, Ruling, Urgency
from models.order_type import OrderType
from notifications.enqueue import enqueue_emails
from policies.evaluate import rule

TENANT = "tiny"
CARRIER = "northwind"
ACCOUNT = "01ACC00000000000000000TINY"
REQUESTER, MANAGER, DIRECTOR, ADMIN, BUDGET, HOLDER, CHIEF = (
    f"01PER0000000000000000000{name}" for name in ("RQ", "MG", "DR", "AD", "BD", "HD", "CH")
)
# What a plain order answers, whichever of these its type asks.
PLAIN: Mapping[str, Any] = {
    "device": "PHONE-1",
    "plan": "PLAN-1",
    "sim_type": "eSIM",
    "area_code": "312",
    "service_zip": "60601",
    "payment_term": "full",
    "recurring_charges": True,
    "use_policy": True,
    "ship_to": {
        "name": "Rae Quester",
        "line1": "1 Main St",
        "line2": "",
        "city": "Chicago",
        "state": "IL",
        "postal_code": "60601",
        "country": "US",
    },
    "suspend_reason": "seasonal",
    "billing": False,
    "device_moves": True,
    "charge_move": "none",
}


def person(person_id: str = MANAGER, *, admin: bool = False, on_behalf_of: str | None = None) -> Actor:
    return Actor(
        kind=ActorKind.PERSON,
        id=person_id,
        name=person_id[-2:],
        channel=Channel.API,
        admin=admin,
        on_behalf_of=on_behalf_of,
    )


async def found(database: Database, *, policy: Mapping[str, Any] | None = None) -> None:
    """Write the company down: a requester, the manager above, the director above that, an admin, a budget owner.

    A holder below the requester gives lines away; the chief of another department is above nobody.
    """
    async with database.transaction() as session:
        session.add(TenantRow(id=TENANT, name="Tiny"))
        await session.flush()
        session.add(AccountRow(tenant=TENANT, id=ACCOUNT, number="FA-1", name="Tiny", kind="company"))
        await session.flush()
        for person_id, manager, roles in (
            (DIRECTOR, None, []),
            (MANAGER, DIRECTOR, []),
            (REQUESTER, MANAGER, []),
            (HOLDER, REQUESTER, []),
            (CHIEF, DIRECTOR, []),
            (BUDGET, None, []),
            (ADMIN, None, ["admin"]),
        ):
            session.add(_person(person_id, manager, roles))
            await session.flush()
        session.add(CostCenterRow(tenant=TENANT, code="CC-1", name="One", owner_id=BUDGET))
        session.add(_product("PHONE-1", "device", "199.00", "0.00", {"tac": "35332211", "sim_types": ["eSIM", "pSIM"]}))
        session.add(_product("PLAN-1", "plan", "0.00", "45.00", {}))
        await session.flush()
        for sku, once, monthly in (("PHONE-1", 99, 0), ("PLAN-1", 0, 30)):
            price = PriceRow(
                tenant=TENANT, account_id=ACCOUNT, sku=sku, one_time=Decimal(once), monthly=Decimal(monthly)
            )
            session.add(price)
        document = {"default_plans": {CARRIER: "PLAN-1"}, "max_lines_per_employee": 20, **(policy or {})}
        session.add(PolicyRow(tenant=TENANT, version=1, document=document, created_at=utc_now(), created_by="test"))


def _person(person_id: str, manager: str | None, roles: list[str]) -> PersonRow:
    return PersonRow(
        tenant=TENANT,
        id=person_id,
        name=f"Person {person_id[-2:]}",
        email=f"{person_id[-2:].lower()}@tiny.example.com",
        employee_number=person_id[-2:],
        manager_id=manager,
        account_id=ACCOUNT,
        cost_center="CC-1",
        roles=roles,
    )


def _product(sku: str, kind: str, once: str, monthly: str, attributes: dict[str, Any]) -> ProductRow:
    return ProductRow(
        tenant=TENANT,
        sku=sku,
        kind=kind,
        name=sku.title(),
        carrier=CARRIER,
        one_time=Decimal(once),
        monthly=Decimal(monthly),
        attributes=attributes,
    )


@dataclass(frozen=True, kw_only=True)
class Placing:
    """What differs from the plain order; the rest is taken from the cast."""

    type: OrderType
    items: int = 1
    line_ids: tuple[str | None, ...] = ()
    beneficiary_id: str = REQUESTER
    effective_at: datetime | None = None


async def place(database: Database, placing: Placing) -> Order:
    """Write an order down the way the API does, and return the value its workflow starts with."""
    async with database.transaction() as session:
        lines = placing.line_ids or await _lines(session, placing)
        order = Order(
            tenant=TENANT,
            id=new_id(),
            number=f"T{new_id()[-6:]}",
            type=placing.type.resolve(PLAIN),
            requester_id=REQUESTER,
            beneficiary_id=placing.beneficiary_id,
            items=tuple(Item(id=new_id(), number=n, line_id=line) for n, line in enumerate(lines, start=1)),
            carrier=CARRIER if placing.type.carrier_action else None,
            urgency=Urgency.NORMAL,
            effective_at=placing.effective_at,
        )
        await _insert(session, order)
    return order


async def _lines(session: Session, placing: Placing) -> tuple[str | None, ...]:
    """The lines an order is about, where it is about lines: its beneficiary's, or those it gives to them."""
    if not placing.type.about_lines:
        return (None,) * placing.items
    holder_id = HOLDER if placing.type.changes_hands else placing.beneficiary_id
    return tuple([await line(session, holder_id) for _ in range(placing.items)])


async def line(session: Session, holder_id: str | None = REQUESTER) -> str:
    """A line in use with its device and SIM; returns its id."""
    of_line: dict[str, Any] = {"tenant": TENANT, "id": new_id()}
    held: dict[str, Any] = {"account_id": ACCOUNT, "person_id": holder_id}
    serial = f"{int(of_line['id'], 36) % 10**7:07}"
    session.add(DeviceRow(**of_line, **held, sku="PHONE-1", status="active", imei=f"35332211{serial}"))
    session.add(SimRow(**of_line, carrier=CARRIER, status="active", kind="eSIM", iccid=f"890199111111{serial}"))
    await session.flush()
    on = {"device_id": of_line["id"], "sim_id": of_line["id"], "mdn": f"+1646{serial}"}
    session.add(LineRow(**of_line, **held, **on, carrier=CARRIER, status="active", plan="PLAN-1", cost_center="CC-0"))
    await session.flush()
    return str(of_line["id"])


def _answers(kind: OrderType, scope: Scope) -> dict[str, Any]:
    asked = [ask.value for ask in kind.asked(When.SUBMIT) if QUESTIONS[ask].scope is scope]
    return {ask: PLAIN[ask] for ask in asked if ask in PLAIN}


async def _ruling(session: Session, order: Order, items: Sequence[Mapping[str, Any]]) -> Ruling:
    request = Request(
        tenant=order.tenant,
        type=order.type,
        requester_id=order.requester_id,
        beneficiary_id=order.beneficiary_id,
        answers={},
        items=tuple(items),
        account_id=ACCOUNT,
    )
    return rule(await facts.for_request(session, request))


async def _insert(session: Session, order: Order) -> None:
    now = utc_now()
    answers = [
        _answers(order.type, Scope.ITEM) | _answers(order.type, Scope.ORDER) | _named(order, item)
        for item in order.items
    ]
    session.add(
        OrderRow(
            tenant=order.tenant,
            id=order.id,
            number=order.number,
            type_code=order.type.code,
            family=order.type.family,
            type=to_jsonable_python(order.type),
            status=Status.VALIDATING,
            seq=0,
            requester_id=order.requester_id,
            beneficiary_id=order.beneficiary_id,
            account_id=ACCOUNT,
            carrier=order.carrier,
            answers=_answers(order.type, Scope.ORDER),
            cost_center_one_time="CC-1",
            cost_center_recurring="CC-1",
            one_time=Decimal(99),
            monthly=Decimal(30),
            term_total=Decimal(819),
            term_months=24,
            currency="USD",
            ruling=to_jsonable_python(await _ruling(session, order, answers)),
            policy_version=1,
            effective_at=order.effective_at,
            created_at=now,
            updated_at=now,
        )
    )
    await session.flush()
    for item, answered in zip(order.items, answers, strict=True):
        session.add(
            ItemRow(
                tenant=order.tenant,
                order_id=order.id,
                id=item.id,
                number=item.number,
                state=ItemState.PENDING,
                line_id=item.line_id,
                mdn=(await _mdn(session, item)) if order.type.about_lines else None,
                answers=answered,
                one_time=Decimal(99),
                monthly=Decimal(30),
            )
        )
    await session.flush()
    await line_locks.take(session, order, now)
    entry = OrderEvent(
        seq=1, at=now, event=Event.RECEIVED, status=Status.VALIDATING, actor=replace(person(REQUESTER), name="Rae")
    )
    if await record(session, order, entry):
        await enqueue_emails(session, order, entry)


async def _mdn(session: Session, item: Item) -> str | None:
    return (await session.get_one(LineRow, (TENANT, item.line_id))).mdn


def _named(order: Order, item: Item) -> dict[str, str | None]:
    return {Ask.LINE.value: item.line_id} if order.type.about_lines else {}
