"""The facts the rules evaluate, loaded for a request."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from pydantic import TypeAdapter
from sqlalchemy import ColumnElement, func
from sqlalchemy.orm import aliased
from sqlmodel import col, or_, select

from models.asks import Ask
from models.db import named_lines
from models.db.accounts import account_tree
from models.db.accounts.tables import CostCenterRow
from models.db.catalog import products
from models.db.catalog.tables import PolicyRow, ProductRow
from models.db.clauses import has_role
from models.db.hierarchy import people_above
from models.db.inventory.tables import ENDED_LINE_STATUSES, LineRow
from models.db.named_lines import NamedLines
from models.db.orders.tables import ItemRow, OrderRow
from models.db.people import lookup
from models.db.people.tables import PersonRow
from models.db.session import Session, utc_now
from models.db.suspension_timers import suspension_timers
from models.errors import NotFound
from models.facts import Account, Facts, LineFacts, Person, Policy, Product, Role, for_whom
from models.lifecycle import FINAL
from models.order import OrderRequest
from models.order_type import Check
from models.timers import SuspensionPeriod

_POLICY = TypeAdapter(Policy)
_NEWER = aliased(PolicyRow)
_CHOSEN = (Ask.DEVICE, Ask.PLAN, Ask.FEATURES, Ask.ACCESSORIES)


async def for_request(session: Session, request: OrderRequest, *, all_products: bool = False) -> Facts:
    """Load what the rules need for a request, as of now; its answers are not resolved yet.

    With `all_products`, every product the beneficiary can choose is loaded, not only the named ones. Raises NotFound
    for a person or account that this tenant does not have.
    """
    tenant, now = request.tenant, utc_now()
    named = await named_lines.load(session, request)
    suspended = await _suspended(session, request, named, now)
    involved = await _people(session, request, named)
    beneficiary = involved.beneficiary
    account_id = request.account_id or next((row.account_id for row in named.rows), beneficiary.account_id) or ""
    standing = await _standing(session, beneficiary, account_id)
    one_time = request.cost_center_one_time or beneficiary.cost_center
    recurring = request.cost_center_recurring or beneficiary.cost_center
    skus = None if all_products else {*_named(request), *standing.policy.default_plans.values()}
    cost_centers, owners = await _cost_centers(session, tenant, (one_time, recurring))
    return Facts(
        now=now,
        type=request.type,
        policy=standing.policy,
        requester=involved.requester,
        beneficiary=beneficiary,
        account=standing.account,
        answers=request.items,
        products=await _products(
            session, request, beneficiary, account_id, skus, present_plans=_present_plans(request, named)
        ),
        managers=involved.above(beneficiary.id),
        admins=involved.admins,
        budget_owners=owners,
        cost_centers=cost_centers,
        cost_center_one_time=one_time,
        cost_center_recurring=recurring,
        lines_held=standing.lines_held,
        effective_on=request.effective_on,
        lines={name: _line(row, named, involved, suspended.get(row.id, ())) for name, row in named.by_name.items()},
        own_line=named.own,
    )


async def policy_of(session: Session, tenant: str) -> Policy:
    """The newest version of a tenant's policy, or the defaults of a new tenant."""
    rows = await session.exec(
        select(PolicyRow).where(col(PolicyRow.tenant) == tenant).order_by(col(PolicyRow.version).desc()).limit(1)
    )
    return policy(rows.first())


async def policy_version(session: Session, tenant: str, version: int) -> Policy:
    """One version of a tenant's policy; version 0 is the defaults of a new tenant."""
    return policy(await session.get(PolicyRow, (tenant, version)))


def in_force(tenant: str) -> ColumnElement[bool]:
    """The newest version of a tenant's policy, as a join condition."""
    newest = select(func.max(_NEWER.version)).where(_NEWER.tenant == tenant).scalar_subquery()
    return (col(PolicyRow.tenant) == tenant) & (col(PolicyRow.version) == newest)


def policy(row: PolicyRow | None) -> Policy:
    """The policy of a row; without a row, the defaults of a new tenant."""
    return replace(_POLICY.validate_python(row.document), version=row.version) if row else Policy()


async def device_tacs(session: Session, tenant: str, skus: Collection[str]) -> dict[str, str]:
    """The type allocation codes (the first 8 digits of the IMEI) of these devices, by SKU, where known."""
    tac = col(ProductRow.attributes)["tac"].as_string()
    found = await session.exec(
        select(col(ProductRow.sku), tac).where(
            col(ProductRow.tenant) == tenant, col(ProductRow.sku).in_(skus), tac.is_not(None)
        )
    )
    return dict(found.all())


async def _products(
    session: Session,
    request: OrderRequest,
    beneficiary: Person,
    account_id: str,
    skus: Collection[str] | None,
    *,
    present_plans: frozenset[str],
) -> Mapping[str, Product]:
    """These products, or (None) all that the beneficiary sees, and the present plans of the named lines.

    None if the type has no product to choose.
    """
    if not set(_CHOSEN) & set(request.type.asks):
        return {}
    if skus is not None:
        return await products.by_sku(session, beneficiary, account_id, present_plans.union(skus))
    visible = {one.sku: one for one in await products.visible_to(session, beneficiary, account_id=account_id)}
    unseen = present_plans - visible.keys()
    return visible | (await products.by_sku(session, beneficiary, account_id, unseen) if unseen else {})


def _present_plans(request: OrderRequest, named: NamedLines) -> frozenset[str]:
    """The SKUs of the named lines' plans, if the order can replace them."""
    return frozenset(row.plan for row in named.rows if row.plan) if Ask.PLAN in request.type.asks else frozenset()


async def _suspended(
    session: Session, request: OrderRequest, named: NamedLines, now: datetime
) -> Mapping[str, tuple[SuspensionPeriod, ...]]:
    """When each line was suspended in the past year, if a check of the type needs it."""
    if Check.WITHIN_CARRIERS_RULE not in request.type.checks:
        return {}
    return await suspension_timers.periods(session, request.tenant, [row.id for row in named.rows], until=now)


def _line(row: LineRow, named: NamedLines, involved: "_Involved", suspended: tuple[SuspensionPeriod, ...]) -> LineFacts:
    return LineFacts(
        id=row.id,
        mdn=row.mdn,
        status=row.status,
        carrier=row.carrier,
        account_id=row.account_id,
        holder=involved.everybody.get(row.person_id or ""),
        managers=involved.above(row.person_id or ""),
        device_name=named.device_names.get(row.id),
        plan=row.plan,
        suspended=suspended,
    )


@dataclass(frozen=True, kw_only=True)
class _Involved:
    """`chains` maps a person's id to the ids of their managers, nearest first."""

    requester: Person
    beneficiary: Person
    everybody: Mapping[str, Person]
    chains: Mapping[str, Collection[str]]

    def above(self, person_id: str) -> tuple[Person, ...]:
        """A person's managers, nearest first, without the person: a chain of managers can be a cycle."""
        return tuple(self.everybody[one] for one in self.chains.get(person_id, ()) if one != person_id)

    @property
    def admins(self) -> tuple[Person, ...]:
        return tuple(one for one in self.everybody.values() if one.active and Role.ADMIN in one.roles)


async def _people(session: Session, request: OrderRequest, named: NamedLines) -> _Involved:
    """Everyone involved, in one query: requester, beneficiary, holders, their managers, the admins."""
    holders = [row.person_id for row in named.rows]
    beneficiary_id = request.beneficiary_id or _for_whom(request, holders)
    chain = people_above(request.tenant, {beneficiary_id, *(one for one in holders if one)})
    found = await session.exec(
        select(PersonRow, chain.c.height, chain.c.below)
        .outerjoin(chain, col(PersonRow.id) == chain.c.id)
        .where(
            col(PersonRow.tenant) == request.tenant,
            or_(chain.c.id.is_not(None), col(PersonRow.id) == request.requester_id, has_role(Role.ADMIN)),
        )
        .order_by(chain.c.height.nulls_last(), col(PersonRow.name), col(PersonRow.id))
    )
    rows = found.all()
    everybody = {row.id: lookup.person(row) for row, _, _ in rows}
    chains: dict[str, dict[str, None]] = {}
    for row, height, below in rows:
        if height:
            chains.setdefault(below, {})[row.id] = None
    return _Involved(
        requester=_one(everybody, request.requester_id, "requester_id"),
        beneficiary=_one(everybody, beneficiary_id, "beneficiary_id"),
        everybody=everybody,
        chains=chains,
    )


def _for_whom(request: OrderRequest, holder_ids: Collection[str | None]) -> str:
    return request.requester_id if request.type.changes_hands else for_whom(holder_ids, request.requester_id)


def _one(everybody: Mapping[str, Person], person_id: str, field: str) -> Person:
    if person_id not in everybody:
        raise NotFound(f'No match for "{person_id[:26]}".', field=field)
    return everybody[person_id]


def _named(request: OrderRequest) -> Iterable[str]:
    """Every string answered where a SKU belongs; a check rejects the ones that are no SKU."""
    for answers in (request.answers, *request.items):
        for ask in _CHOSEN:
            said = answers.get(ask)
            yield from (sku for sku in (said if isinstance(said, list) else [said]) if isinstance(sku, str))


async def _cost_centers(
    session: Session, tenant: str, charged: Collection[str | None]
) -> tuple[frozenset[str], tuple[Person, ...]]:
    """All active cost centers, and the owners of the charged ones."""
    found = await session.exec(
        select(col(CostCenterRow.code), PersonRow)
        .outerjoin(
            PersonRow,
            (col(PersonRow.tenant) == col(CostCenterRow.tenant))
            & (col(PersonRow.id) == col(CostCenterRow.owner_id))
            & col(CostCenterRow.code).in_([code for code in charged if code]),
        )
        .where(col(CostCenterRow.tenant) == tenant, col(CostCenterRow.active))
        .order_by(col(CostCenterRow.code))
    )
    rows = found.all()
    owners = {row.id: lookup.person(row) for _, row in rows if row}
    return frozenset(code for code, _ in rows), tuple(owners.values())


@dataclass(frozen=True, kw_only=True)
class _Standing:
    account: Account
    policy: Policy
    lines_held: int


async def _standing(session: Session, person: Person, account_id: str) -> _Standing:
    """The account, the current policy and the number of the person's lines, in one query."""
    query = (
        account_tree.account_query(person.tenant, account_id)
        .outerjoin(PolicyRow, in_force(person.tenant))
        .add_columns(PolicyRow, _lines_held(person))
    )
    found = (await session.exec(query)).first()
    if found is None:
        raise NotFound(f'No account matches "{account_id}".', field="account_id")
    *of_account, newest, lines_held = found
    return _Standing(account=account_tree.account(*of_account), policy=policy(newest), lines_held=int(lines_held))


def _lines_held(person: Person) -> ColumnElement[int]:
    """Count a person's lines that have not ended, and those on order that are not theirs yet."""
    lines = select(func.count()).where(
        col(LineRow.tenant) == person.tenant,
        col(LineRow.person_id) == person.id,
        col(LineRow.status).not_in(ENDED_LINE_STATUSES),
    )
    on_order = (
        select(func.count())
        .select_from(ItemRow)
        .join(OrderRow, (col(OrderRow.tenant) == col(ItemRow.tenant)) & (col(OrderRow.id) == col(ItemRow.order_id)))
        .outerjoin(LineRow, (col(LineRow.tenant) == col(ItemRow.tenant)) & (col(LineRow.id) == col(ItemRow.line_id)))
        .where(
            col(OrderRow.tenant) == person.tenant,
            col(OrderRow.beneficiary_id) == person.id,
            col(OrderRow.status).not_in(FINAL),
            col(OrderRow.type)["checks"].contains([Check.LINE_ALLOWANCE.value]),
            col(LineRow.person_id).is_distinct_from(person.id),
        )
    )
    return lines.scalar_subquery() + on_order.scalar_subquery()
