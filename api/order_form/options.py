"""The options of form fields: products at contract prices, the user's lines, and the people they can order for."""

from collections.abc import Mapping, Sequence

from api.deps import Access
from api.http.paging import MAX_OPTIONS
from api.order_form.fields import Option
from models import formatting
from models.db.accounts.carrier_accounts import numbers_of
from models.db.inventory.devices import DeviceFound, lines_of, list_devices
from models.db.inventory.inventory_values import value_of
from models.db.inventory.lines import LineFilters, LineFound, list_lines
from models.db.inventory.tables import LineRow
from models.db.people import directory
from models.db.session import Session
from models.db.sites.sites import list_sites
from models.facts import Facts
from models.inventory import Device, LineStatus
from models.order_type import OrderType
from models.product import Product, ProductKind
from policies.access import Right
from policies.carrier_billing import line_is_billed
from policies.choices import offered, product_questions
from policies.deadlines import local_day
from policies.device_actions import is_for
from policies.joining import orders_from
from policies.line_actions import statuses_for
from policies.start_date import timing_of

_OFFERED = frozenset({LineStatus.ACTIVE, LineStatus.SUSPENDED, LineStatus.DISCONNECTED})


def products(facts: Facts, item: int, carriers: Mapping[str, str]) -> Mapping[str, tuple[Option, ...]]:
    """The products an item can choose from, given what it has chosen already."""
    return {
        # The device determines the carrier, so only devices name it.
        question.code: tuple(
            _product(one, carriers if question.product is ProductKind.DEVICE else {})
            for one in offered(facts, item, question)
        )
        for question in product_questions(facts)
    }


def timings(facts: Facts) -> Mapping[str, tuple[Option, ...]]:
    """When the order can take effect: with the billing cycle only where it is known, and one day for all lines."""
    timing = timing_of(facts.type)
    if timing is None:
        return {}
    question, day = timing.question, timing.shared_day(facts)
    notes = {timing.with_cycle: formatting.day(day)} if day else {}
    options = (
        Option(value=one, label=question.word(one), note=notes.get(one, ""))
        for one in question.type.schema["enum"]
        if one != timing.with_cycle or day is not None
    )
    return {question.code: tuple(options)}


async def lines(session: Session, access: Access, order_type: OrderType) -> tuple[Option, ...]:
    """The lines that the user can see and that have a status for this type; none if there are too many to choose from.

    For an order to a carrier, those that it has an account to charge for.
    """
    found = await list_lines(
        session,
        access.person,
        LineFilters(status=tuple(sorted(_OFFERED & statuses_for(order_type)))),
        relations=access.for_right(Right.LINE_READ).scope,
        limit=MAX_OPTIONS,
        only_if_all=True,
    )
    unbilled = await _unbilled(session, [one.row for one in found]) if order_type.with_carrier else ()
    return tuple(_line(one, access) for one in found if one.row not in unbilled)


async def devices(session: Session, access: Access, order_type: OrderType) -> tuple[Option, ...]:
    """The devices that the user can see and the type is for; none if there are too many to choose from.

    For an order to a carrier, those on no line, or on one that the carrier has an account to charge for.
    """
    scope = access.for_right(Right.DEVICE_READ).scope
    found = await list_devices(session, access.person, relations=scope, limit=MAX_OPTIONS, only_if_all=True)
    on_lines = await lines_of(session, access.person.tenant, [one.row.id for one in found])
    unbilled = await _unbilled(session, tuple(on_lines.values())) if order_type.with_carrier else ()
    return tuple(
        _device(one, access)
        for one in found
        if is_for(order_type, value_of(Device, one.row)) and on_lines.get(one.row.id) not in unbilled
    )


async def people(session: Session, access: Access, facts: Facts) -> tuple[Option, ...]:
    """The people the user can see and order for; none if there are too many to choose from."""
    scope = access.for_right(Right.PERSON_READ).scope
    found = await directory.list_people(session, access.person, words=(), relations=scope, limit=MAX_OPTIONS + 1)
    if len(found) > MAX_OPTIONS:
        return ()
    today = local_day(facts.policy, facts.now)
    can_get = (one for one in found if one.active and today >= (orders_from(facts.policy, one) or today))
    return tuple(Option(value=person.id, label=person.name) for person in can_get)


async def sites(session: Session, access: Access) -> tuple[Option, ...]:
    """The sites the user can see; none if there are too many to choose from."""
    scope = access.for_right(Right.PERSON_READ).scope
    found = await list_sites(session, access.person, relations=scope, limit=MAX_OPTIONS + 1)
    return tuple(Option(value=site.id, label=site.name) for site in found) if len(found) <= MAX_OPTIONS else ()


async def find_site(session: Session, access: Access, text: str) -> str | None:
    """The ID of the one site the user can see that has this name."""
    scope = access.for_right(Right.PERSON_READ).scope
    found = await list_sites(session, access.person, relations=scope, name=text, limit=2)
    return found[0].id if len(found) == 1 else None


async def find_person(session: Session, access: Access, text: str) -> str | None:
    """The ID of the one person the user can see who has this email address or full name."""
    scope = access.for_right(Right.PERSON_READ).scope
    found = await directory.named(session, access.person, text, relations=scope, limit=2)
    return found[0].id if len(found) == 1 else None


async def _unbilled(session: Session, lines: Sequence[LineRow]) -> list[LineRow]:
    """The lines that their carrier has no account to charge for."""
    without_own = [line for line in lines if line.carrier_account is None]
    carriers = {
        account_id: await numbers_of(session, without_own[0].tenant, account_id)
        for account_id in {line.account_id for line in without_own}
    }
    return [line for line in without_own if not line_is_billed(None, line.carrier, carriers[line.account_id])]


def _line(found: LineFound, access: Access) -> Option:
    number = (
        found.row.mdn if access.is_allowed(Right.LINE_IDENTIFIERS, found.relations) else formatting.mask(found.row.mdn)
    )
    return Option(
        value=found.row.id,
        label=formatting.phone_number(number) if number else "No number yet",
        note=", ".join(filter(None, [found.holder.name if found.holder.id else "", _formerly(found, number)])),
    )


def _formerly(found: LineFound, number: str | None) -> str:
    """The numbers that the line had, for someone who sees its `number` in full."""
    former = [formatting.phone_number(one["number"]) for one in reversed(found.row.former_numbers)]
    return f"formerly {formatting.join_names(former)}" if former and number == found.row.mdn else ""


def _device(found: DeviceFound, access: Access) -> Option:
    allowed = access.is_allowed(Right.DEVICE_IDENTIFIERS, found.relations)
    imei = found.row.imei if allowed else formatting.mask(found.row.imei)
    return Option(
        value=found.row.id,
        label=f"{found.name}, IMEI {imei}" if imei else found.name,
        note=found.holder.name if found.holder.id else "",
    )


def _product(product: Product, carriers: Mapping[str, str]) -> Option:
    one_time, monthly = (formatting.money(amount, product.currency) for amount in (product.one_time, product.monthly))
    carrier = carriers.get(product.carrier or "")
    label = ", ".join(filter(None, [product.name, carrier]))
    return Option(
        value=product.sku,
        label=label if product.in_policy else f"{label} (outside policy)",
        note=f"{monthly}/month" if product.monthly else one_time,
    )
