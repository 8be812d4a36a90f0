"""A small company, and orders in it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from itertools import count
from typing import Any

from pydantic_core import to_jsonable_python
from sqlalchemy import update
from sqlmodel import col

from models import questions
from models.db.accounts.tables import AccountRow, CarrierAccountRow, CostCenterRow
from models.db.catalog.tables import PolicyRow, PriceRow, ProductRow
from models.db.facts.base import for_request
from models.db.inventory.tables import DeviceRow, LineRow, SimRow
from models.db.locks import locks
from models.db.order_events import apply_event
from models.db.orders.tables import ItemRow, OrderRow
from models.db.people.tables import PersonRow, TenantRow
from models.db.session import Database, Session, new_id, utc_now
from models.db.sites.tables import SiteRow
from models.events.preparation import RECEIVED
from models.facts import Facts, Policy
from models.holder import NOBODY, Holder, HolderKind
from models.inventory import LineStatus
from models.lifecycle import ItemState, Status
from models.order import Actor, ActorKind, Channel, Item, Order, OrderEvent, OrderRequest, Urgency
from models.order_type import FrozenType, OrderType
from models.question import Answerer, AskedAt, Scope
from models.questions.device import DEVICE_HELD
from models.questions.line import LINE
from models.questions.reassignment import ASSIGN_TO
from notifications.enqueue import enqueue_emails
from outbox import new_returns
from policies import eligibility, variants
from policies.answers import replaced_by, resolve_partial
from policies.deadlines import local_day
from policies.evaluate import evaluate_order
from policies.line_actions import statuses_for
from policies.order_title import order_title
from policies.pricing import price_items
from tests.sample_answers import sample_answers

TENANT, CARRIER = "tiny", "northwind"
ACCOUNT = "01ACC00000000000000000TINY"
CARRIER_ACCOUNT = "2873"
REQUESTER, MANAGER, DIRECTOR, ADMIN, BUDGET, HOLDER, CHIEF = (
    f"01PER0000000000000000000{name}" for name in ("RQ", "MG", "DR", "AD", "BD", "HD", "CH")
)
SITE_ID = "01SIT00000000000000000DESK"
PERSON, SITE = Holder.of(person_id=REQUESTER), Holder.of(site_id=SITE_ID)
PRESENT_PLAN = "PLAN-0"  # of every line that is not being ordered
PAID_FEATURE = "ROAM-1"
_serials = count(1)  # of devices, SIMs and phone numbers, unique in each company


def today() -> date:
    """The day at the sample companies, which at night is the one before UTC's."""
    return local_day(Policy(), utc_now())


def actor(person_id: str = MANAGER) -> Actor:
    return Actor(
        kind=ActorKind.PERSON,
        id=person_id,
        name=person_id[-2:],
        channel=Channel.API,
    )


async def create_company(database: Database, *, policy: Mapping[str, Any] | None = None) -> None:
    """HOLDER reports to REQUESTER, who reports to MANAGER; MANAGER and CHIEF report to DIRECTOR.

    ADMIN and BUDGET, the owner of the cost center, have no manager. HOLDER is the contact of the site "Front desk".
    """
    async with database.transaction() as session:
        session.add(TenantRow(id=TENANT, name="Tiny"))
        await session.flush()
        session.add(AccountRow(tenant=TENANT, id=ACCOUNT, number="FA-1", name="Tiny", kind="company"))
        await session.flush()
        session.add(
            CarrierAccountRow(
                tenant=TENANT,
                carrier=CARRIER,
                number=CARRIER_ACCOUNT,
                account_id=ACCOUNT,
                foundation="5820",
                name_on_bill="Tiny, Inc.",
                billing_zip="60601",
                cycle_day=18,
            )
        )
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
        session.add(SiteRow(tenant=TENANT, id=SITE_ID, name="Front desk", account_id=ACCOUNT, contact_id=HOLDER))
        session.add(CostCenterRow(tenant=TENANT, code="CC-1", name="One", owner_id=BUDGET))
        session.add(_product("PHONE-1", "device", "199.00", "0.00", {"tac": "35332211", "sim_types": ["eSIM", "pSIM"]}))
        for plan in (PRESENT_PLAN, "PLAN-1"):
            session.add(_product(plan, "plan", "0.00", "45.00", {}))
        session.add(_product("FEATURE-1", "feature", "0.00", "5.00", {}))
        session.add(_product(PAID_FEATURE, "feature", "0.00", "12.00", {}))
        await session.flush()
        for sku, once, monthly in (
            ("PHONE-1", 99, 0),
            (PRESENT_PLAN, 0, 37),
            ("PLAN-1", 0, 30),
            ("FEATURE-1", 0, 0),
            (PAID_FEATURE, 0, 12),
        ):
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
        offerings={CARRIER: f"PO-{sku}"} if kind == "plan" else {},
        attributes=attributes,
    )


@dataclass(frozen=True, kw_only=True)
class OrderSpec:
    """What differs between orders; one of `items`, the ids and `item_answers` says how many items an order has.

    `answers` differ from the usual ones in every item, `item_answers` in one item each.
    """

    type: OrderType
    items: int = 1
    line_ids: tuple[str | None, ...] = ()
    device_ids: tuple[str, ...] = ()
    requester_id: str = REQUESTER
    beneficiary: Holder = PERSON
    effective_at: datetime | None = None
    answers: Mapping[str, Any] = field(default_factory=dict)
    item_answers: tuple[Mapping[str, Any], ...] = ()

    @property
    def number_of_items(self) -> int:
        return len(self.line_ids or self.device_ids or self.item_answers) or self.items

    @property
    def whom(self) -> Holder:
        """The beneficiary, but nobody if the answers say that."""
        return NOBODY if self.answers.get(ASSIGN_TO.code) == HolderKind.NOBODY else self.beneficiary

    def answers_by_item(self) -> list[dict[str, Any]]:
        own = self.item_answers or ({},) * self.number_of_items
        to = {ASSIGN_TO.code: self.whom.kind.value} if self.type.asks(ASSIGN_TO.code) else {}
        answers = [sample_answers(self.type, {**to, **self.answers, **answers}) for answers in own]
        others = _others_questions(self.type) if self.whom != PERSON else set()
        return [{code: answer for code, answer in one.items() if code not in others} for one in answers]


async def create_order(database: Database, spec: OrderSpec) -> Order:
    """Insert an order as the API does; returns the input of its workflow."""
    answers = spec.answers_by_item()
    resolved = variants.resolve(spec.type, answers)
    derived = {asked.code for asked in spec.type.asked(AskedAt.NEVER)}
    answers = [{code: answer for code, answer in one.items() if code not in derived} for one in answers]
    async with database.transaction() as session:
        named = await _things(session, spec)
        order = Order(
            tenant=TENANT,
            id=new_id(),
            number=f"T{new_id()[-6:]}",
            type=resolved.order,
            requester_id=spec.requester_id,
            beneficiary=spec.whom,
            items=tuple(
                _item(n, thing, kind, resolved.order)
                for n, (thing, kind) in enumerate(zip(named, resolved.items, strict=True), start=1)
            ),
            carrier=CARRIER if resolved.order.with_carrier else None,
            urgency=Urgency.NORMAL,
            effective_at=spec.effective_at,
        )
        await _insert(session, spec.type, order, answers)
    return order


async def report_numbers(database: Database, order: Order) -> None:
    """Give each item a phone number, as a carrier does with what it completes."""
    async with database.transaction() as session:
        for item in order.items:
            number = update(ItemRow).where(col(ItemRow.id) == item.id)
            await session.exec(number.values(mdn=f"+1312555{item.number:04}"))


def _item(number: int, thing: Mapping[str, str | None], kind: FrozenType, of_order: FrozenType) -> Item:
    return Item(
        id=new_id(),
        number=number,
        **thing,
        steps=kind.steps if kind.steps != of_order.steps else None,
        effect=kind.effect if kind.effect != of_order.effect else None,
    )


async def _things(session: Session, spec: OrderSpec) -> list[dict[str, str | None]]:
    """The line of each item, or its device, which is on a line of the same id."""
    if spec.type.about_devices:
        devices = spec.device_ids or [await create_line(session, spec.beneficiary) for _ in range(spec.number_of_items)]
        return [{"device_id": device_id} for device_id in devices]
    return [{"line_id": line_id} for line_id in spec.line_ids or await _create_lines(session, spec)]


async def _create_lines(session: Session, spec: OrderSpec) -> tuple[str | None, ...]:
    """Lines of the beneficiary, or of HOLDER if the order reassigns them; None for an order of new lines."""
    if not spec.type.about_lines:
        return (None,) * spec.number_of_items
    user = Holder.of(person_id=HOLDER) if spec.type.changes_hands else spec.beneficiary
    given = spec.item_answers or ({},) * spec.number_of_items
    present = [present_state(spec.type, {**spec.answers, **one}) for one in given]
    return tuple([await create_line(session, user, **fields) for fields in present])


async def create_device(session: Session, holder: Holder = PERSON) -> str:
    """A device on no line; returns its id."""
    row = DeviceRow(
        tenant=TENANT,
        id=new_id(),
        account_id=ACCOUNT,
        person_id=holder.person_id,
        site_id=holder.site_id,
        sku="PHONE-1",
        status="active",
        imei=f"35332211{next(_serials):07}",
    )
    return (await session.insert(row)).id


def present_state(kind: OrderType, given: Mapping[str, Any]) -> dict[str, Any]:
    """What differs from an active line in one that the type is for, and of which these answers are derived."""
    if LineStatus.ACTIVE in statuses_for(kind):
        return {"features": [PAID_FEATURE]} if given.get("features_end") else {}
    if given.get("resume_from") == "disconnected":
        return {"status": LineStatus.DISCONNECTED, "disconnected_on": today() - timedelta(days=5)}
    return {"status": LineStatus.SUSPENDED, "suspended_for": given.get("suspended_for", "vacation")}


async def create_line(session: Session, holder: Holder = PERSON, **differs: Any) -> str:
    """A line, active unless it `differs`, with a device and a SIM of the same id; returns the id."""
    shared_id = new_id()
    key: dict[str, Any] = {"tenant": TENANT, "id": shared_id}
    owner: dict[str, Any] = {"account_id": ACCOUNT, "person_id": holder.person_id, "site_id": holder.site_id}
    serial = f"{next(_serials):07}"
    session.add(DeviceRow(**key, **owner, sku="PHONE-1", status="active", imei=f"35332211{serial}"))
    session.add(SimRow(**key, carrier=CARRIER, status="active", kind="eSIM", iccid=f"890199111111{serial}"))
    await session.flush()
    parts: dict[str, Any] = {"device_id": shared_id, "sim_id": shared_id, "mdn": f"+1646{serial}"}
    at_carrier: dict[str, Any] = {
        "carrier": CARRIER,
        "carrier_account": CARRIER_ACCOUNT,
        "carrier_product_id": f"PRD-{serial}",
    }
    present: dict[str, Any] = {"status": "active", "plan": PRESENT_PLAN, "cost_center": "CC-0", **differs}
    session.add(LineRow(**key, **owner, **parts, **at_carrier, **present))
    await session.flush()
    return shared_id


def _others_questions(kind: OrderType) -> set[str]:
    """What the requester can't answer for someone else."""
    return {asked.code for asked in kind.questions if asked.who is not Answerer.REQUESTER}


async def _facts(session: Session, kind: OrderType, order: Order, given: Sequence[Mapping[str, Any]]) -> Facts:
    request = OrderRequest(
        tenant=order.tenant,
        type=kind,
        requester_id=order.requester_id,
        beneficiary=order.beneficiary,
        answers=_of_scope(Scope.ORDER, given[0]),
        items=tuple(_of_scope(Scope.ITEM, answers) for answers in given),
        account_id=ACCOUNT,
        cost_center_one_time="CC-1",
        cost_center_recurring="CC-1",
    )
    known = await for_request(session, request, needs=eligibility.needs(kind))
    resolved, errors = resolve_partial(request, known)
    assert errors == (), errors
    return replace(known, type=order.type, answers=resolved)


def _of_scope(scope: Scope, answers: Mapping[str, Any]) -> dict[str, Any]:
    return {code: answer for code, answer in answers.items() if questions.find(code).scope is scope}


async def _insert(session: Session, kind: OrderType, order: Order, given: Sequence[Mapping[str, Any]]) -> None:
    now = utc_now()
    answers = [{**one, **_named_answer(order, item)} for one, item in zip(given, order.items, strict=True)]
    known = await _facts(session, kind, order, answers)
    ruling, prices = evaluate_order(known), price_items(known)
    session.add(
        OrderRow(
            tenant=order.tenant,
            id=order.id,
            number=order.number,
            type_code=order.type.code,
            family=order.type.family,
            type=to_jsonable_python(order.type),
            title=order_title(kind.texts_for(known.answers[0]), known),
            status=Status.VALIDATING,
            seq=0,
            requester_id=order.requester_id,
            beneficiary_id=order.beneficiary.person_id,
            beneficiary_site_id=order.beneficiary.site_id,
            account_id=ACCOUNT,
            carrier=order.carrier,
            answers=_of_scope(Scope.ORDER, given[0]),
            cost_center_one_time="CC-1",
            cost_center_recurring="CC-1",
            ruling=to_jsonable_python(ruling),
            policy_version=1,
            effective_at=order.effective_at,
            created_at=now,
            updated_at=now,
            **vars(ruling.quote),
        )
    )
    await session.flush()
    for number, (item, item_answers, price) in enumerate(zip(order.items, known.answers, prices, strict=True)):
        session.add(
            ItemRow(
                tenant=order.tenant,
                order_id=order.id,
                id=item.id,
                number=item.number,
                state=ItemState.PENDING,
                line_id=item.line_id,
                device_id=item.device_id,
                variant=_variant(item),
                mdn=(await _mdn(session, item)) if order.type.about_lines else None,
                answers=to_jsonable_python(item_answers),
                before=to_jsonable_python(replaced_by(known, number)),
                **vars(price),
            )
        )
    await session.flush()
    await locks.claim(session, order, now)
    received = OrderEvent(
        seq=1, at=now, event=RECEIVED.code, status=Status.VALIDATING, actor=replace(actor(REQUESTER), name="Rae")
    )
    if await apply_event(session, order, received):
        await enqueue_emails(session, order, received)
    if order.type.returns:
        await new_returns.open_cases(session, order, known, now)


def _variant(item: Item) -> dict[str, Any] | None:
    differs = {name: value for name in ("steps", "effect") if (value := getattr(item, name)) is not None}
    return to_jsonable_python(differs) or None


async def _mdn(session: Session, item: Item) -> str | None:
    return (await session.get_one(LineRow, (TENANT, item.line_id))).mdn


def _named_answer(order: Order, item: Item) -> dict[str, str | None]:
    if order.type.about_devices:
        return {DEVICE_HELD.code: item.device_id}
    return {LINE.code: item.line_id} if order.type.about_lines else {}
