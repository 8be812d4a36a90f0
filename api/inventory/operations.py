"""Lines and devices as a person may see them; identifiers are masked for those who need not know them."""

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Annotated, Any

from pydantic import Field

from api.deps import Access, Services
from api.http.paging import Page, after, cut_page
from api.http.schemas import Body, View
from api.orders.schemas import AccountView, PersonView
from api.suspensions.operations import SuspensionView, suspension_of
from models.db import line_locks
from models.db.inventory import devices, lines
from models.db.inventory.devices import DeviceFilters, DeviceFound
from models.db.inventory.lines import LineFilters, LineFound
from models.inventory import DeviceStatus, LineStatus
from models.order_type import OrderType
from policies.access import Right, mask
from policies.line_actions import Offer, offers

Id = Annotated[str, Field(max_length=64)]
Identifier = Annotated[str, Field(max_length=64, description="A telephone number (E.164), IMEI, ICCID or EID, whole.")]
Words = Annotated[str, Field(max_length=100, description="Each word must occur in number, holder or device.")]


class LineQuery(Body):
    """Which lines, and which page of them."""

    status: list[LineStatus] = Field(default_factory=list, max_length=20)
    carrier: Id | None = None
    account: Id | None = Field(default=None, description="Id of an account; all below it are included.")
    holder: Id | None = None
    identifier: Identifier | None = None
    q: Words = ""
    cursor: Annotated[str | None, Field(max_length=128)] = None
    limit: Annotated[int, Field(ge=1, le=100)] = 20


class DeviceQuery(Body):
    """Which devices, and which page of them."""

    status: list[DeviceStatus] = Field(default_factory=list, max_length=20)
    sku: Id | None = None
    account: Id | None = Field(default=None, description="Id of an account; all below it are included.")
    holder: Id | None = None
    identifier: Identifier | None = None
    q: Words = ""
    cursor: Annotated[str | None, Field(max_length=128)] = None
    limit: Annotated[int, Field(ge=1, le=100)] = 20


class SimView(View):
    """The SIM in a line."""

    kind: str
    iccid: str | None
    eid: str | None


class HandsetView(View):
    """The device on a line."""

    id: str
    sku: str
    name: str | None
    imei: str | None


class ProductView(View):
    """Something from the catalog, by name."""

    sku: str
    name: str | None


class LineView(View):
    """A line: its number, who holds it, on which device, SIM and plan."""

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


class LineWhole(LineView):
    """A line, and where it is suspended, since when and until when."""

    suspension: SuspensionView | None


class LineActionView(View):
    """One order type for this line: allowed, or why not."""

    type: str
    title: str
    family: str
    allowed: bool
    code: str | None
    why_not: str | None


class DeviceView(View):
    """A device: what it is, where it stands, who holds it."""

    id: str
    sku: str
    name: str
    status: str
    account: AccountView
    holder: PersonView | None
    imei: str | None
    imei2: str | None


async def list_lines(services: Services, access: Access, query: LineQuery) -> Page[LineView]:
    """One page of the lines this person may see."""
    wanted = LineFilters(
        status=tuple(query.status),
        words=query.q,
        **query.model_dump(include={"carrier", "account", "holder", "identifier"}),
    )
    async with services.database.transaction() as session:
        found = await lines.list_lines(
            session, access.person, wanted, relations=access.scope, after=after(query.cursor), limit=query.limit + 1
        )
    return cut_page([_line(one, access) for one in found], query.limit)


async def read_line(services: Services, access: Access, ref: str) -> LineWhole:
    """One line by id or telephone number. Raises NotFound."""
    async with services.database.transaction() as session:
        found = await lines.find_line(session, access.person, ref)
        access.check(found.relations)
        suspension = await suspension_of(session, found.row.tenant, found.row.id)
    return LineWhole(**vars(_line(found, access)), suspension=suspension)


async def line_actions(services: Services, access: Access, ref: str) -> list[LineActionView]:
    """What can be ordered for a line, and why the rest cannot. Raises NotFound."""
    async with services.database.transaction() as session:
        found = await lines.find_line(session, access.person, ref)
        access.check(found.relations)
        claims = await line_locks.claims_on(session, access.person.tenant, found.row.id)
    types: Iterable[OrderType] = (services.catalog[code] for code in sorted(services.catalog))
    has_a_say = access.may(Right.ORDER_SUBMIT) and (bool(found.relations) or access.may(Right.ORDER_FOR_ANYBODY))
    return [_action(one) for one in offers(types, LineStatus(found.row.status), claims, has_a_say=has_a_say)]


async def list_devices(services: Services, access: Access, query: DeviceQuery) -> Page[DeviceView]:
    """One page of the devices this person may see."""
    wanted = DeviceFilters(
        status=tuple(query.status),
        words=query.q,
        **query.model_dump(include={"sku", "account", "holder", "identifier"}),
    )
    async with services.database.transaction() as session:
        found = await devices.list_devices(
            session, access.person, wanted, relations=access.scope, after=after(query.cursor), limit=query.limit + 1
        )
    return cut_page([_device(one, access) for one in found], query.limit)


async def read_device(services: Services, access: Access, ref: str) -> DeviceView:
    """One device by id or IMEI. Raises NotFound."""
    async with services.database.transaction() as session:
        found = await devices.find_device(session, access.person, ref)
    access.check(found.relations)
    return _device(found, access)


def _line(found: LineFound, access: Access) -> LineView:
    show = _discreet(access.may(Right.LINE_IDENTIFIERS, found.relations))
    device, sim, holder = found.device, found.sim, found.holder
    return LineView(
        **found.row.model_dump(include=_OF_LINE),
        mdn=show(found.row.mdn),
        account=AccountView.model_validate(found.account),
        holder=PersonView.model_validate(holder) if holder else None,
        device=HandsetView(id=device.id, sku=device.sku, name=found.device_name, imei=show(device.imei))
        if device
        else None,
        sim=SimView(kind=sim.kind, iccid=show(sim.iccid), eid=show(sim.eid)) if sim else None,
        plan=ProductView(sku=found.row.plan, name=found.plan_name),
    )


_OF_LINE = {"id", "status", "carrier", "features", "cost_center", "activated_on", "upgrade_on"}


def _device(found: DeviceFound, access: Access) -> DeviceView:
    show = _discreet(access.may(Right.DEVICE_IDENTIFIERS, found.relations))
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


def _discreet(entitled: bool) -> Any:
    return (lambda identifier: identifier) if entitled else mask


def _action(offer: Offer) -> LineActionView:
    told: Mapping[str, Any] = {"allowed": offer.allowed, "code": offer.code, "why_not": offer.why_not}
    return LineActionView(type=offer.type.code, title=offer.type.title, family=offer.type.family, **told)
