"""Lines and devices. Identifiers are masked for people without the right to see them."""

from collections.abc import Callable
from datetime import date
from typing import Annotated, Any

from pydantic import Field

from api.deps import Access, Services
from api.http.paging import CursorPage, cut_page, decode_cursor
from api.http.schemas import RequestModel, ResponseModel
from api.orders.schemas import AccountView, PersonView
from api.suspensions.operations import suspension_of
from api.suspensions.schemas import SuspensionView
from models import formatting
from models.db import line_locks
from models.db.inventory import devices, lines
from models.db.inventory.devices import DeviceFilters, DeviceFound
from models.db.inventory.lines import LineFilters, LineFound
from models.db.orders.order_rows import product_names
from models.inventory import DeviceStatus, LineStatus
from policies.access import Right
from policies.line_actions import OrderOption, order_options

Id = Annotated[str, Field(max_length=64)]
Identifier = Annotated[str, Field(max_length=64, description="A complete phone number (E.164), IMEI, ICCID or EID.")]
Words = Annotated[str, Field(max_length=100, description="Words that occur in the number, the holder or the device.")]


class InventoryQuery(RequestModel):
    account: Annotated[str | None, Field(max_length=64, description="Id of an account. Includes its sub-accounts.")] = (
        None
    )
    holder: Id | None = None
    identifier: Identifier | None = None
    q: Words = ""
    cursor: Annotated[str | None, Field(max_length=128)] = None
    limit: Annotated[int, Field(ge=1, le=100)] = 20


class LineQuery(InventoryQuery):
    status: list[LineStatus] = Field(default_factory=list, max_length=20)
    carrier: Id | None = None


class DeviceQuery(InventoryQuery):
    status: list[DeviceStatus] = Field(default_factory=list, max_length=20)
    sku: Id | None = None


class SimView(ResponseModel):
    kind: str
    iccid: str | None
    eid: str | None


class HandsetView(ResponseModel):
    id: str
    sku: str
    name: str | None
    imei: str | None


class ProductView(ResponseModel):
    sku: str
    name: str | None


class LineView(ResponseModel):
    id: str
    mdn: str | None
    status: str
    carrier: str
    account: AccountView
    holder: PersonView | None
    device: HandsetView | None
    sim: SimView | None
    plan: ProductView
    features: list[str]
    cost_center: str | None
    activated_on: date | None
    upgrade_on: date | None


class LineDetails(LineView):
    suspension: SuspensionView | None


class LineActionView(ResponseModel):
    """An order type and whether it can be ordered for the line now, or why not."""

    type: str
    title: str
    family: str
    allowed: bool
    code: str | None
    why_not: str | None


class DeviceView(ResponseModel):
    id: str
    sku: str
    name: str
    status: str
    account: AccountView
    holder: PersonView | None
    imei: str | None
    imei2: str | None


async def list_lines(services: Services, access: Access, query: LineQuery) -> CursorPage[LineView]:
    """A page of the lines the caller has access to."""
    filters = LineFilters(status=tuple(query.status), carrier=query.carrier, **_common_filters(query))
    async with services.database.transaction() as session:
        found = await lines.list_lines(
            session,
            access.person,
            filters,
            relations=access.scope,
            after=decode_cursor(query.cursor),
            limit=query.limit + 1,
        )
    return cut_page([_line(line, access) for line in found], query.limit)


async def read_line(services: Services, access: Access, ref: str) -> LineDetails:
    """Find a line by id or phone number. Raises NotFound."""
    async with services.database.transaction() as session:
        found = await lines.find_line(session, access.person, ref)
        access.check(found.relations)
        suspension = await suspension_of(session, found.row.tenant, found.row.id)
    return LineDetails(**vars(_line(found, access)), suspension=suspension)


async def feature_names(services: Services, access: Access, line: LineView) -> list[str]:
    """The names of the features of a line."""
    if not line.features:
        return []
    async with services.database.transaction() as session:
        names = await product_names(session, access.person.tenant, line.features)
    return [names.get(sku, sku) for sku in line.features]


async def line_actions(services: Services, access: Access, ref: str) -> list[LineActionView]:
    """The order types for a line. Raises NotFound."""
    async with services.database.transaction() as session:
        found = await lines.find_line(session, access.person, ref)
        access.check(found.relations)
        claims = await line_locks.claims_on(session, access.person.tenant, found.row.id)
    types = (services.catalog[code] for code in sorted(services.catalog))
    allowed = access.may(Right.ORDER_SUBMIT) and (bool(found.relations) or access.may(Right.ORDER_FOR_ANYBODY))
    return [_action(offer) for offer in order_options(types, LineStatus(found.row.status), claims, can_change=allowed)]


async def list_devices(services: Services, access: Access, query: DeviceQuery) -> CursorPage[DeviceView]:
    """A page of the devices the caller has access to."""
    filters = DeviceFilters(status=tuple(query.status), sku=query.sku, **_common_filters(query))
    async with services.database.transaction() as session:
        found = await devices.list_devices(
            session,
            access.person,
            filters,
            relations=access.scope,
            after=decode_cursor(query.cursor),
            limit=query.limit + 1,
        )
    return cut_page([_device(device, access) for device in found], query.limit)


async def read_device(services: Services, access: Access, ref: str) -> DeviceView:
    """Find a device by id or IMEI. Raises NotFound."""
    async with services.database.transaction() as session:
        found = await devices.find_device(session, access.person, ref)
    access.check(found.relations)
    return _device(found, access)


def _common_filters(query: InventoryQuery) -> dict[str, Any]:
    return {"words": query.q, **query.model_dump(include={"account", "holder", "identifier"})}


def _line(found: LineFound, access: Access) -> LineView:
    show = _masking(access.may(Right.LINE_IDENTIFIERS, found.relations))
    device, sim, holder = found.device, found.sim, found.holder
    return LineView(
        **found.row.model_dump(include=_COPIED),
        mdn=show(found.row.mdn),
        account=AccountView.model_validate(found.account),
        holder=PersonView.model_validate(holder) if holder else None,
        device=HandsetView(id=device.id, sku=device.sku, name=found.device_name, imei=show(device.imei))
        if device
        else None,
        sim=SimView(kind=sim.kind, iccid=show(sim.iccid), eid=show(sim.eid)) if sim else None,
        plan=ProductView(sku=found.row.plan, name=found.plan_name),
    )


_COPIED = {"id", "status", "carrier", "features", "cost_center", "activated_on", "upgrade_on"}


def _device(found: DeviceFound, access: Access) -> DeviceView:
    show = _masking(access.may(Right.DEVICE_IDENTIFIERS, found.relations))
    row, holder = found.row, found.holder
    return DeviceView(
        id=row.id,
        sku=row.sku,
        name=found.name,
        status=row.status,
        account=AccountView.model_validate(found.account),
        holder=PersonView.model_validate(holder) if holder else None,
        imei=show(row.imei),
        imei2=show(row.imei2),
    )


def _masking(allowed: bool) -> Callable[[str | None], str | None]:
    return (lambda identifier: identifier) if allowed else formatting.mask


def _action(offer: OrderOption) -> LineActionView:
    return LineActionView(
        type=offer.type.code,
        title=offer.type.title,
        family=offer.type.family,
        allowed=offer.allowed,
        code=offer.code,
        why_not=offer.why_not,
    )
