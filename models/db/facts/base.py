"""The facts that policies evaluate, loaded for a request."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

from models import questions
from models.attestation import Acceptance
from models.db import named_devices, named_lines
from models.db.accounts import account_tree
from models.db.accounts.account_tree import Lineage
from models.db.attestations import attestations
from models.db.fact_loader import load_needed
from models.db.facts import chosen_products, people, standing
from models.db.facts.carrier_quotes import as_approved
from models.db.named_lines import NamedLines
from models.db.orders import order_values
from models.db.orders.tables import ItemRow, OrderRow
from models.db.session import Session, utc_now
from models.db.visibility import InventoryViewer
from models.facts import Account, Facts, NamedDevice, NamedThing
from models.holder import Holder
from models.optional_fact import OptionalFact
from models.order import OrderRequest

T = TypeVar("T", bound=NamedThing)


async def for_request(
    session: Session,
    request: OrderRequest,
    *,
    needs: Iterable[OptionalFact[Any]],
    viewer: InventoryViewer | None = None,
    all_products: bool = False,
) -> Facts:
    """Load what the rules need for a request, as of now; its answers are not resolved yet.

    `needs` are the optional facts to load. Lines and devices that the viewer doesn't see are left out. With
    `all_products`, every product the beneficiary can choose is loaded, not only the named ones. Raises NotFound for a
    person or account that this tenant does not have.
    """
    now = utc_now()
    things = await _named_things(session, request, viewer)
    named, devices = things.lines, things.devices
    optional = await load_needed(session, request, needs, named.lines, now)
    involved = await people.load(session, request, things.holders)
    beneficiary = involved.details_of(involved.for_whom)
    representative = beneficiary.representative or involved.requester
    first_thing = next(iter(things.all), None)
    first_line = first_thing.on_line if first_thing else None
    first_account = first_thing.record.account_id if first_thing else beneficiary.account_id
    cost_center = beneficiary.cost_center or (first_line.cost_center if first_line else None)
    one_time = request.cost_center_one_time or cost_center
    recurring = request.cost_center_recurring or cost_center
    account_id, charged = request.account_id or first_account or "", (one_time, recurring)
    limits = await standing.load(session, request.tenant, beneficiary.holder, account_id, charged)
    lineages = await _lineages(session, request.tenant, things, limits.account)
    load_products = chosen_products.all_visible if all_products else chosen_products.named
    return Facts(
        now=now,
        type=request.type,
        policy=limits.policy,
        requester=involved.requester,
        beneficiary=beneficiary,
        account=limits.account,
        answers=request.items,
        products=await load_products(session, request, representative, limits, named.lines),
        managers=involved.above(representative),
        admins=involved.admins,
        budget_owners=limits.budget_owners,
        cost_centers=limits.cost_centers,
        cost_center_one_time=one_time,
        cost_center_recurring=recurring,
        lines_held=limits.lines_held,
        effective_on=request.effective_on,
        lines=_with_people(named.by_name, involved, lineages),
        own_line=named.own,
        devices=_with_people(devices, involved, lineages),
        accepted=await _accepted(session, request),
        optional=optional,
    )


async def _accepted(session: Session, request: OrderRequest) -> Mapping[str, Acceptance]:
    """What the requester doesn't have to accept again with a new order."""
    asked = questions.with_text().intersection(request.type.codes)
    unanswered = [code for code in asked if request.answers.get(code) in (None, "")]
    if request.order_id or not unanswered:
        return {}
    return await attestations.accepted_by(session, request.tenant, request.requester_id, unanswered)


async def for_order(
    session: Session, row: OrderRow, items: Sequence[ItemRow], *, needs: Iterable[OptionalFact[Any]]
) -> Facts:
    """Load what the rules need to evaluate a submitted order again, as of now, with the answers it has."""
    known = await for_request(session, order_values.request_of(row, items), needs=needs)
    starts = row.effective_at.astimezone(ZoneInfo(known.policy.time_zone)).date() if row.effective_at else None
    replaced = tuple(item.before for item in items)
    return as_approved(replace(known, effective_on=starts, submitted=True, replaced=replaced), row)


async def tied_today(session: Session, row: OrderRow, items: Sequence[ItemRow]) -> frozenset[str]:
    """Of a submitted order, what `Facts.tied` is today, without the other facts."""
    request = order_values.request_of(row, items)
    things = await _named_things(session, request, None)
    involved = await people.load(session, request, things.holders)
    whose = (involved.details_of(holder).representative for holder in (involved.for_whom, *things.holders))
    return frozenset(person.id for person in (involved.requester, *whose) if person)


async def _named_things(session: Session, request: OrderRequest, viewer: InventoryViewer | None) -> "_Things":
    return _Things(
        lines=await named_lines.load(session, request, viewer),
        devices=await named_devices.load(session, request, viewer),
    )


@dataclass(frozen=True, kw_only=True)
class _Things:
    """What a request names: lines or devices."""

    lines: NamedLines
    devices: Mapping[str, NamedDevice]

    @property
    def all(self) -> tuple[NamedThing, ...]:
        """Each once, in the order they are named."""
        return (*self.lines.lines, *{one.device.id: one for one in self.devices.values()}.values())

    @property
    def holders(self) -> list[Holder]:
        return [one.record.holder for one in self.all]


async def _lineages(session: Session, tenant: str, things: _Things, charged: Account) -> Mapping[str, Lineage]:
    """The lineages of the accounts of lines or devices by id; no query if it is the one that is charged."""
    accounts = {one.record.account_id for one in things.all} - {charged.id}
    own = Lineage(account_ids=(charged.id,), owner_ids=charged.owner_ids)
    return {charged.id: own, **await account_tree.lineages(session, tenant, accounts)}


def _with_people(named: Mapping[str, T], involved: people.Involved, lineages: Mapping[str, Lineage]) -> Mapping[str, T]:
    holders = {name: involved.details_of(one.record.holder) for name, one in named.items()}
    return {
        name: replace(
            one,
            assigned_to=holders[name],
            managers=involved.above(holders[name].representative),
            lineage=lineages[one.record.account_id].account_ids,
            owner_ids=lineages[one.record.account_id].owner_ids,
        )
        for name, one in named.items()
    }
