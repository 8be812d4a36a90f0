"""The products that an order can be about."""

from collections.abc import Collection, Iterator, Mapping

from models.asks import Ask
from models.db.catalog import products
from models.db.facts.standing import Standing
from models.db.session import Session
from models.facts import NamedLine, Person, Product
from models.order import OrderRequest

_CHOSEN = (Ask.DEVICE, Ask.PLAN, Ask.FEATURES, Ask.ACCESSORIES)


async def named(
    session: Session, request: OrderRequest, beneficiary: Person, standing: Standing, lines: Collection[NamedLine]
) -> Mapping[str, Product]:
    """The products answered, those that defaults name, and those on the lines; none if the type asks for none."""
    if not _asks_for_products(request):
        return {}
    skus = {*_answered(request), *standing.policy.default_plans.values()}
    return await products.by_sku(session, beneficiary, standing.account.id, skus, held=set(_held(lines)))


async def all_visible(
    session: Session, request: OrderRequest, beneficiary: Person, standing: Standing, lines: Collection[NamedLine]
) -> Mapping[str, Product]:
    """All products the beneficiary can choose, and those on the lines; none if the type asks for none."""
    if not _asks_for_products(request):
        return {}
    found = await products.visible_to(session, beneficiary, account_id=standing.account.id, held=set(_held(lines)))
    return {product.sku: product for product in found}


def _asks_for_products(request: OrderRequest) -> bool:
    return not set(_CHOSEN).isdisjoint(request.type.asks)


def _answered(request: OrderRequest) -> Iterator[str]:
    """Every string answered where a SKU belongs; a check rejects the ones that are no SKU."""
    for answers in (request.answers, *request.items):
        for ask in _CHOSEN:
            said = answers.get(ask)
            yield from (sku for sku in (said if isinstance(said, list) else [said]) if isinstance(sku, str))


def _held(lines: Collection[NamedLine]) -> Iterator[str]:
    """The SKUs of what is on the lines now."""
    for one in lines:
        yield from (one.line.plan, *one.line.features)
        if one.device:
            yield one.device.sku
