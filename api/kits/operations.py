"""Kits, as admins keep them."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Protocol

from api.deps import Access, Services
from api.kits.schemas import KitIn, KitView
from models.audit import AuditAction
from models.db.audit import audit_log
from models.db.catalog import products
from models.db.catalog.tables import ProductRow
from models.db.kits import kits
from models.db.kits.tables import KitRow
from models.db.session import Session, new_id
from models.errors import FieldError, InvalidRequest
from models.product import ProductKind

_KINDS: Mapping[str, ProductKind] = {
    "device": ProductKind.DEVICE,
    "plan": ProductKind.PLAN,
    "features": ProductKind.FEATURE,
    "accessories": ProductKind.ACCESSORY,
}


async def list_all(services: Services, access: Access) -> list[KitView]:
    """By name, those that are active first."""
    async with services.database.read() as session:
        return [KitView.model_validate(row) for row in await kits.of_tenant(session, access.person.tenant)]


async def read(services: Services, access: Access, kit_id: str) -> KitView:
    """Raises NotFound."""
    async with services.database.read() as session:
        return KitView.model_validate(await kits.find(session, access.person.tenant, kit_id))


async def product_names(services: Services, access: Access) -> dict[str, str]:
    """The names of the products that are sold, by SKU."""
    async with services.database.read() as session:
        return {row.sku: _named(services, row) for row in await products.sold(session, access.person.tenant)}


async def choices(services: Services, access: Access, device: str, plan: str) -> dict[str, list[tuple[str, str]]]:
    """What a kit with this device and this plan can have, by field: SKU and name.

    Plans are offered before a device is chosen, but no features before a plan, and no accessories before a device.
    """
    async with services.database.read() as session:
        found = await products.sold(session, access.person.tenant)
    known = {row.sku: row for row in found}
    goes_with = {"plan": known.get(device), "features": known.get(plan), "accessories": known.get(device)}
    offered = {
        field: [row for row in found if row.kind == kind and _is_offered(field, row, goes_with)]
        for field, kind in _KINDS.items()
    }
    return {field: [(row.sku, _named(services, row)) for row in rows] for field, rows in offered.items()}


def _is_offered(field: str, row: ProductRow, goes_with: Mapping[str, ProductRow | None]) -> bool:
    other = goes_with.get(field)
    if other is None:
        return field in {"device", "plan"}
    same_carrier = None in {row.carrier, other.carrier} or row.carrier == other.carrier
    return same_carrier and (not row.fits or other.sku in row.fits)


def _named(services: Services, row: ProductRow) -> str:
    return ", ".join(filter(None, [row.name, services.carrier_names.get(row.carrier or "", row.carrier)]))


async def add(services: Services, access: Access, body: KitIn) -> KitView:
    """Raises InvalidRequest, with an error for each field that is wrong."""
    return await services.database.run(_save, services, access, None, body)


async def change(services: Services, access: Access, kit_id: str, body: KitIn) -> KitView:
    """Raises NotFound, InvalidRequest."""
    return await services.database.run(_save, services, access, kit_id, body)


async def _save(session: Session, services: Services, access: Access, kit_id: str | None, body: KitIn) -> KitView:
    tenant = access.person.tenant
    await kits.lock(session, tenant)
    row = await kits.find(session, tenant, kit_id) if kit_id else None
    known = {one.sku: one for one in await products.sold(session, tenant)}
    errors = list(wrong_products(body, known))
    same_name = await kits.named(session, tenant, body.name)
    if same_name is not None and same_name.id != kit_id:
        errors.insert(0, _error("name", "Another kit has this name."))
    if errors:
        raise InvalidRequest(errors[0].detail, field=errors[0].field, errors=errors)
    before = row.model_dump() if row else None
    if row is None:
        row = await session.insert(KitRow(tenant=tenant, id=new_id(), **body.model_dump()))
    else:
        row.sqlmodel_update(body.model_dump())
        await kits.save(session, row)
    if row.model_dump() != before:
        await _record(session, services, access, row, before=before, after=row.model_dump())
    return KitView.model_validate(row)


async def delete(services: Services, access: Access, kit_id: str) -> None:
    """Nothing refers to a kit: orders have what it consisted of. Raises NotFound."""
    await services.database.run(_delete, services, access, kit_id)


async def _delete(session: Session, services: Services, access: Access, kit_id: str) -> None:
    row = await kits.find(session, access.person.tenant, kit_id)
    await kits.remove(session, row)
    await _record(session, services, access, row, before=row.model_dump(), after=None)


class Products(Protocol):
    """What a kit consists of."""

    @property
    def device(self) -> str: ...
    @property
    def plan(self) -> str: ...
    @property
    def features(self) -> Sequence[str]: ...
    @property
    def accessories(self) -> Sequence[str]: ...


def wrong_products(body: Products, known: Mapping[str, ProductRow]) -> Iterator[FieldError]:
    """`known` are the products that are sold, by SKU."""
    plan = known.get(body.plan)
    for field, kind in _KINDS.items():
        value = getattr(body, field)
        for sku in [value] if isinstance(value, str) else value:
            product = known.get(sku)
            if product is None or product.kind != kind:
                yield _error(field, f"No {kind} that is sold has the SKU {sku}.")
            elif plan and product.carrier not in {None, plan.carrier}:
                yield _error(field, f"{product.name} isn't sold by the carrier of {plan.name}.")
            elif field == "features" and product.fits and body.plan not in product.fits:
                yield _error(field, f"{product.name} doesn't work with the plan.")
            elif field == "accessories" and product.fits and body.device not in product.fits:
                yield _error(field, f"{product.name} doesn't fit the device.")
            elif field == "plan" and product.fits and body.device not in product.fits:
                yield _error(field, f"{product.name} doesn't work with the device.")


def _error(field: str, detail: str) -> FieldError:
    return FieldError(code="KIT_INVALID", field=field, detail=detail)


async def _record(
    session: Session, services: Services, access: Access, row: KitRow, *,
    before: dict[str, Any] | None, after: dict[str, Any] | None,
) -> None:  # fmt: skip
    await audit_log.record(
        session, AuditAction.KIT_CHANGED, by=access.audit_actor, to=access.person, at=services.now(),
        kit=row.id, name=row.name, before=before, after=after,
    )  # fmt: skip
