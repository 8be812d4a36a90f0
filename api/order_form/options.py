"""What can be chosen in a form: from the catalog at contract prices, among one's lines, among one's people."""

from collections.abc import Mapping

from api.deps import Access
from api.order_form.fields import Option
from models.asks import Ask
from models.db.inventory.lines import LineFilters, LineFound, list_lines
from models.db.people import directory
from models.db.session import Session
from models.facts import Facts, Product
from models.inventory import LineStatus
from notifications import formatting
from policies.access import Right, mask
from policies.choices import KINDS, offered

# Lists longer than this are no help: one types a number, or an address, instead.
LONGEST = 60
_IN_USE = (LineStatus.ACTIVE, LineStatus.SUSPENDED)


def from_catalog(facts: Facts, item: int, carriers: Mapping[str, str]) -> Mapping[Ask, tuple[Option, ...]]:
    """Return what the catalog offers an item for each of its questions, given what it has chosen already."""
    return {
        # The device decides the carrier; what goes with it need not say so again.
        ask: tuple(_offer(one, carriers if ask is Ask.DEVICE else {}) for one in offered(facts, item, ask))
        for ask in KINDS
        if ask in facts.type.asks
    }


async def lines(session: Session, access: Access) -> tuple[Option, ...]:
    """Return the lines in use a person may see, if they are few enough to choose from."""
    seeing = access.towards(Right.LINE_READ)
    found = await list_lines(
        session,
        access.person,
        LineFilters(status=tuple(_IN_USE)),
        relations=seeing.scope,
        limit=LONGEST + 1,
    )
    if len(found) > LONGEST:
        return ()
    return tuple(_line(one, access) for one in found)


async def people(session: Session, access: Access) -> tuple[Option, ...]:
    """Return oneself and the people one may order for, if they are few enough to choose from."""
    seeing = access.towards(Right.PERSON_READ)
    found = await directory.list_people(session, access.person, words="", relations=seeing.scope, limit=LONGEST + 1)
    if len(found) > LONGEST:
        return ()
    return tuple(Option(value=one.id, words=one.name) for one in found if one.active)


async def somebody(session: Session, access: Access, address: str) -> str | None:
    """Return the id of whom one may see that has this mail address."""
    scope = access.towards(Right.PERSON_READ).scope
    found = await directory.list_people(session, access.person, words=address, relations=scope, limit=LONGEST)
    return next((one.id for one in found if one.email.lower() == address.lower()), None)


def _line(found: LineFound, access: Access) -> Option:
    shown = found.row.mdn if access.may(Right.LINE_IDENTIFIERS, found.relations) else mask(found.row.mdn)
    return Option(
        value=found.row.id,
        words=formatting.telephone(shown) if shown else "No number yet",
        end=found.holder.name if found.holder else "",
    )


def _offer(product: Product, carriers: Mapping[str, str]) -> Option:
    once, monthly = (formatting.money(amount, product.currency) for amount in (product.one_time, product.monthly))
    price = f"{monthly} a month" if product.monthly else once
    carrier = carriers.get(product.carrier or "")
    beside = f"{f', {carrier}' if carrier else ''}{'' if product.in_policy else ' (outside the policy)'}"
    return Option(value=product.sku, words=f"{product.name}{beside}", end=price)
