"""The products that an order can be about."""

from collections.abc import Collection, Iterator, Mapping
from typing import Any

from models import questions
from models.db.catalog import products
from models.db.facts.standing import Standing
from models.db.session import Session
from models.facts import NamedLine, Person
from models.order import OrderRequest
from models.product import Product
from models.question import Question


async def named(
    session: Session, request: OrderRequest, person: Person, standing: Standing, lines: Collection[NamedLine]
) -> Mapping[str, Product]:
    """The products answered, those that defaults name, and those on the lines; none if the type asks for none."""
    if not _asks_for_products(request):
        return {}
    skus = {*_answered(request), *standing.policy.default_plans.values()}
    return await products.by_sku(session, person, standing.account.id, skus, held=set(_held(lines)))


async def all_visible(
    session: Session, request: OrderRequest, person: Person, standing: Standing, lines: Collection[NamedLine]
) -> Mapping[str, Product]:
    """All products the person can choose, and those on the lines; none if the type asks for none."""
    if not _asks_for_products(request):
        return {}
    found = await products.visible_to(session, person, account_id=standing.account.id, held=set(_held(lines)))
    return {product.sku: product for product in found}


def _asks_for_products(request: OrderRequest) -> bool:
    return any(_product_questions(request))


def _product_questions(request: OrderRequest) -> Iterator[Question[Any]]:
    asked = (questions.find(code) for code in request.type.codes)
    return (question for question in asked if question.product)


def _answered(request: OrderRequest) -> Iterator[str]:
    """Every string answered where a SKU belongs; a check rejects the ones that are no SKU."""
    for answers in (request.answers, *request.items):
        for question in _product_questions(request):
            answer = question.of(answers)
            yield from (sku for sku in (answer if isinstance(answer, list) else [answer]) if isinstance(sku, str))


def _held(lines: Collection[NamedLine]) -> Iterator[str]:
    """The SKUs of what is on the lines now."""
    for one in lines:
        yield from (one.line.plan, *one.line.features)
        if one.device and one.device.sku:
            yield one.device.sku
