"""Filling in several fields of a form with one choice: what a kit has, or where a site gets its parcels."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from api.deps import Access, Services
from api.http.paging import MAX_OPTIONS
from api.order_form import preview
from api.order_form.parsing import Document
from models.db.catalog.products import product_names
from models.db.kits import kits
from models.db.kits.tables import KitRow
from models.db.session import Session
from models.db.sites import sites
from models.db.sites.tables import SiteRow
from models.errors import NotFound
from models.order_type import OrderType
from models.product import Product
from models.question import AskedAt
from models.questions.products import ACCESSORIES, DEVICE, FEATURES, PLAN
from models.questions.shipping import SHIP_TO

_OF_KIT = (DEVICE.code, PLAN.code, FEATURES.code, ACCESSORIES.code)
KIT, SITE = "kit", "site"


@dataclass(frozen=True, kw_only=True)
class Choices:
    """What a form can be filled in with: pairs of an id and a name. None if there are too many sites to choose from."""

    kits: list[tuple[str, str]]
    sites: list[tuple[str, str]] | None


async def choices(services: Services, access: Access, order_type: OrderType) -> Choices:
    asked, tenant = {one.code for one in order_type.asked(AskedAt.SUBMIT)}, access.person.tenant
    async with services.database.read() as session:
        of_kits = await kits.of_tenant(session, tenant, only_active=True) if asked >= {*_OF_KIT} else []
        of_sites = await sites.with_address(session, tenant, limit=MAX_OPTIONS + 1) if SHIP_TO.code in asked else []
    return Choices(
        kits=[(kit.id, _title(kit)) for kit in of_kits],
        sites=[(site.id, site.name) for site in of_sites] if len(of_sites) <= MAX_OPTIONS else None,
    )


def _title(kit: KitRow) -> str:
    return f"{kit.name} ({', '.join(kit.roles)})" if kit.roles else kit.name


async def filled(
    services: Services, access: Access, body: Document, button: str, chosen: Mapping[str, str]
) -> Document:
    """The body after one of the buttons that fill it in. What can't be ordered for the beneficiary is left out.

    Raises NotFound.
    """
    if button not in {KIT, SITE} or not chosen.get(button):
        return body
    async with services.database.read() as session:
        if button == SITE:
            address = await _address(session, access.person.tenant, chosen[SITE])
            return body | {"answers": body["answers"] | {SHIP_TO.code: address}}
        kit = await _kit(session, access, chosen[KIT])
        products = (await preview.evaluate_form(session, services, access, body)).facts.products
        answers = {code: _orderable(getattr(kit, code), products) for code in _OF_KIT}
    given = {code: answer for code, answer in answers.items() if answer}
    return body | {"items": [item | given for item in body["items"]]}


async def left_out(services: Services, access: Access, kit_id: str, products: Mapping[str, Product]) -> list[str]:
    """The names of what a kit has that can't be ordered for the beneficiary. Raises NotFound."""
    async with services.database.read() as session:
        kit = await _kit(session, access, kit_id)
        skus = [kit.device, kit.plan, *kit.features, *kit.accessories]
        lacks = [sku for sku in skus if not _is_orderable(sku, products)]
        names = await product_names(session, access.person.tenant, lacks)
    return [names.get(sku, sku) for sku in lacks]


async def _kit(session: Session, access: Access, kit_id: str) -> KitRow:
    kit = await kits.find(session, access.person.tenant, kit_id)
    if not kit.active:
        raise NotFound("Kit not found.")
    return kit


async def _address(session: Session, tenant: str, chosen: str) -> dict[str, Any]:
    """That of the site with this id or name."""
    named = await sites.named(session, tenant, chosen)
    found = await sites.find(session, tenant, named.id if named else chosen)
    if not found.row.active or found.row.address is None:
        raise NotFound("Site not found.")
    return {"name": _receiver(found.row, found.contact.name if found.contact else None), **found.row.address}


def _receiver(row: SiteRow, contact: str | None) -> str:
    return row.receiver or contact or row.name


def _orderable(answer: str | list[str], products: Mapping[str, Product]) -> str | list[str] | None:
    if isinstance(answer, str):
        return answer if _is_orderable(answer, products) else None
    return [sku for sku in answer if _is_orderable(sku, products)]


def _is_orderable(sku: str, products: Mapping[str, Product]) -> bool:
    product = products.get(sku)
    return product is not None and product.visible and product.active
