"""Lines and devices. Identifiers are masked for people without the right to see them."""

from collections.abc import Sequence
from functools import partial
from typing import Any

from api.deps import Access, Services
from api.http.paging import CursorPage, cut_page, decode_cursor
from api.inventory.line_times import line_times, state_of
from api.inventory.schemas import (
    ActionView,
    DeviceQuery,
    DeviceView,
    FeatureEndView,
    FormerNumberView,
    HandsetView,
    LineDetails,
    LineQuery,
    LineView,
    ProductView,
    SimView,
)
from api.list_filters import check_known, resolve
from api.orders.schemas import AccountView, HolderView
from models import formatting
from models.db.accounts import carrier_accounts
from models.db.catalog.products import product_names
from models.db.inventory import devices, lines
from models.db.inventory.devices import DeviceFilters, DeviceFound
from models.db.inventory.inventory_values import value_of
from models.db.inventory.lines import LineFilters, LineFound
from models.db.locks import locks
from models.db.people import directory
from models.db.session import Session
from models.identifiers import parse_mdn, stored_form
from models.inventory import Device, Line
from models.lock import Thing
from models.order_type import ThingKind
from models.search_query import parse_query
from policies.access import Right
from policies.carrier_billing import line_is_billed
from policies.device_actions import device_options
from policies.line_actions import OrderOption, order_options

_LINES, _DEVICES = "lines", "devices"
_COPIED = {
    *("id", "status", "carrier", "features", "cost_center", "activated_on", "upgrade_on"),
    *("contract_until", "disconnected_on", "suspended_for", "number_locked", "sim_protected"),
    *("subscriber_name", "labels", "service_address"),
}
_COPIED_OF_DEVICE = {
    *("id", "sku", "status", "make", "model", "ownership", "condition", "purchased_on", "warranty_until"),
    *("lock", "block_listed_at", "location"),
}
_IDENTIFIERS_OF_DEVICE = ("imei", "imei2", "meid", "esn", "serial")


async def list_lines(
    services: Services,
    access: Access,
    query: LineQuery,
    *,
    newest_first: bool = False,
    with_words: Sequence[str] | None = None,
) -> CursorPage[LineView]:
    """A page of the lines the caller has access to; it is the first page if `newest_first`.

    `with_words` are the ids of those that `q` finds, if they are known.
    """
    check_known("carrier", [query.carrier], services.carrier_names)
    after = decode_cursor(query.cursor, _LINES)
    async with services.database.read() as session:
        list_rows = partial(lines.list_lines, session, access.person, relations=access.scope)

        async def has_row(**one_filter: Any) -> bool:
            return bool(await list_rows(LineFilters(**one_filter), limit=1))

        filters = LineFilters(
            carrier=query.carrier,
            found=with_words,
            **_common_filters(query),
            **await resolve(session, access, query, has_row),
        )
        found = await list_rows(filters, after=after, limit=query.limit + 1, newest_first=newest_first)
    searched = filters.identifier or filters.search.readings.get("phone number")
    is_taken = any(line.row.mdn == searched for line in found)
    listed = [_line(line, access, searched=searched, is_taken=is_taken) for line in found]
    return cut_page(listed, query.limit, _LINES)


async def read_line(services: Services, access: Access, ref: str) -> LineDetails:
    """Find a line by id or phone number. Raises NotFound."""
    async with services.database.read() as session:
        found = await lines.find_line(session, access.person, ref)
        access.check(found.relations)
        times = await line_times(session, found.row)
    return LineDetails(**vars(_line(found, access, searched=stored_form(parse_mdn, ref))), **times)


async def feature_names(services: Services, access: Access, line: LineView) -> list[str]:
    """The names of the features of a line, with the last day of those that have one."""
    if not line.features:
        return []
    async with services.database.read() as session:
        names = await product_names(session, access.person.tenant, line.features)
    ends = {end.sku: f" (until {formatting.day(end.on)})" for end in line.feature_ends}
    return [f"{names.get(sku, sku)}{ends.get(sku, '')}" for sku in line.features]


async def line_actions(services: Services, access: Access, ref: str) -> list[ActionView]:
    """The order types for a line. Raises NotFound."""
    async with services.database.read() as session:
        found = await lines.find_line(session, access.person, ref)
        access.check(found.relations)
        options = await options_for(session, services, access, found)
    return [_action(option) for option in options]


async def device_actions(services: Services, access: Access, ref: str) -> list[ActionView]:
    """The order types for a device. Raises NotFound."""
    async with services.database.read() as session:
        found = await devices.find_device(session, access.person, ref)
        access.check(found.relations)
        options = await device_options_for(session, services, access, found)
    return [_action(option) for option in options]


async def device_options_for(
    session: Session, services: Services, access: Access, found: DeviceFound
) -> tuple[OrderOption, ...]:
    """Every order type that is about devices, and whether the caller can order it for this one."""
    claims = await locks.claims_on(session, found.row.tenant, Thing(kind=ThingKind.DEVICE, id=found.row.id))
    line = (await devices.lines_of(session, found.row.tenant, [found.row.id])).get(found.row.id)
    carriers = await carrier_accounts.numbers_of(session, line.tenant, line.account_id) if line else {}
    return device_options(
        (services.order_types[code] for code in sorted(services.order_types)),
        value_of(Device, found.row),
        claims,
        can_order=access.is_allowed(Right.ORDER_SUBMIT)
        and (bool(found.relations) or access.is_allowed(Right.ORDER_FOR_ANYBODY)),
        is_billed=line is None or line_is_billed(line.carrier_account, line.carrier, carriers),
    )


def _action(option: OrderOption) -> ActionView:
    return ActionView(
        type=option.type.code,
        title=option.title,
        family=option.type.family,
        allowed=option.allowed,
        code=option.code,
        why_not=option.why_not,
    )


async def options_for(
    session: Session, services: Services, access: Access, found: LineFound
) -> tuple[OrderOption, ...]:
    """Every order type for a line, and whether the caller can order it."""
    claims = await _claims(session, found)
    carriers = await carrier_accounts.numbers_of(session, found.row.tenant, found.row.account_id)
    for_anybody = access.is_allowed(Right.ORDER_FOR_ANYBODY)
    scope = None if for_anybody else access.for_right(Right.PERSON_READ).scope
    device = value_of(Device, found.device) if found.device else None
    return order_options(
        (services.order_types[code] for code in sorted(services.order_types)),
        await state_of(session, value_of(Line, found.row), found.row, device),
        claims,
        can_change=access.is_allowed(Right.ORDER_SUBMIT) and (bool(found.relations) or for_anybody),
        sees_new_holder=await directory.sees_another(session, access.person, found.row.person_id, relations=scope),
        is_billed=line_is_billed(found.row.carrier_account, found.row.carrier, carriers),
    )


async def _claims(session: Session, found: LineFound) -> dict[str, str]:
    """What open orders lock of the line and of the device on it."""
    things = [Thing(kind=ThingKind.LINE, id=found.row.id)]
    if found.device is not None:
        things.append(Thing(kind=ThingKind.DEVICE, id=found.device.id))
    return await locks.claims_on(session, found.row.tenant, *things)


async def list_devices(
    services: Services,
    access: Access,
    query: DeviceQuery,
    *,
    newest_first: bool = False,
    with_words: Sequence[str] | None = None,
) -> CursorPage[DeviceView]:
    """As `list_lines`, for devices."""
    after = decode_cursor(query.cursor, _DEVICES)
    async with services.database.read() as session:
        list_rows = partial(devices.list_devices, session, access.person, relations=access.scope)

        async def has_row(**one_filter: Any) -> bool:
            return bool(await list_rows(DeviceFilters(**one_filter), limit=1))

        filters = DeviceFilters(
            found=with_words, **_common_filters(query), **await resolve(session, access, query, has_row)
        )
        found = await list_rows(filters, after=after, limit=query.limit + 1, newest_first=newest_first)
    return cut_page([_device(device, access) for device in found], query.limit, _DEVICES)


async def read_device(services: Services, access: Access, ref: str) -> DeviceView:
    """Find a device by id, IMEI, MEID or ESN. Raises NotFound."""
    async with services.database.read() as session:
        found = await devices.find_device(session, access.person, ref)
    access.check(found.relations)
    return _device(found, access)


def _common_filters(query: LineQuery | DeviceQuery) -> dict[str, Any]:
    return {"status": tuple(query.status), "identifier": query.identifier, "search": parse_query(query.q)}


def _line(found: LineFound, access: Access, *, searched: str | None = None, is_taken: bool = False) -> LineView:
    """`searched` is what it was found by, and `is_taken` says that another line that was found has this number."""
    allowed = access.is_allowed(Right.LINE_IDENTIFIERS, found.relations)
    device, sim = found.device, found.sim
    number = _shown(found.row.mdn, allowed=allowed)
    former = [FormerNumberView.model_validate(one) for one in found.row.former_numbers]
    return LineView(
        **found.row.model_dump(include=_COPIED),
        # A file can have taken a feature off the line.
        feature_ends=[
            FeatureEndView.model_validate(end) for end in found.row.feature_ends if end["sku"] in found.row.features
        ],
        mdn=number,
        former_numbers=[one.model_copy(update={"number": _shown(one.number, allowed=allowed)}) for one in former],
        found_by=next(
            (_found_by(one, number, is_taken=is_taken) for one in reversed(former) if one.number == searched), None
        )
        if searched != found.row.mdn
        else None,
        carrier_account=_shown(found.row.carrier_account, allowed=allowed),
        carrier_product_id=_shown(found.row.carrier_product_id, allowed=allowed),
        account=AccountView.model_validate(found.account),
        holder=HolderView.model_validate(found.holder),
        device=HandsetView(
            id=device.id, sku=device.sku, name=found.device_name, imei=_shown(device.imei, allowed=allowed)
        )
        if device
        else None,
        sim=SimView(kind=sim.kind, iccid=_shown(sim.iccid, allowed=allowed), eid=_shown(sim.eid, allowed=allowed))
        if sim
        else None,
        plan=ProductView(sku=found.row.plan, name=found.plan_name),
    )


def _found_by(former: FormerNumberView, number: str | None, *, is_taken: bool) -> str:
    """`This line was (312) 555-0142 until Mon, Nov 30, 2026, and is now (312) 555-0199.`."""
    old = formatting.phone_number(former.number)
    now = f"is now {formatting.phone_number(number)}" if number else "has no number now"
    taken = f" Another line has {old} now." if is_taken else ""
    return f"This line was {old} until {formatting.day(former.until)}, and {now}.{taken}"


def _device(found: DeviceFound, access: Access) -> DeviceView:
    allowed = access.is_allowed(Right.DEVICE_IDENTIFIERS, found.relations)
    row = found.row
    return DeviceView(
        **row.model_dump(include=_COPIED_OF_DEVICE),
        **{name: _shown(getattr(row, name), allowed=allowed) for name in _IDENTIFIERS_OF_DEVICE},
        name=found.name,
        account=AccountView.model_validate(found.account),
        holder=HolderView.model_validate(found.holder),
    )


def _shown(identifier: str | None, *, allowed: bool) -> str | None:
    return identifier if allowed else formatting.mask(identifier)
