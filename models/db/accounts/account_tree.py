"""Accounts as a tree, with their owners and line counts."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ARRAY, CTE, TEXT, any_, cast, false, func, literal
from sqlmodel import col, select

from models.db import visibility
from models.db.accounts.carrier_accounts import numbers_above
from models.db.accounts.tables import AccountRow
from models.db.clauses import equals_any, is_reference
from models.db.hierarchy import Value, accounts_above, accounts_above_each, accounts_below, owns, owns_any
from models.db.inventory.tables import ENDED_LINE_STATUSES, LineRow
from models.db.people.tables import PersonRow
from models.db.session import Session
from models.db.statement import Statement, param
from models.db.word_search import has_words
from models.errors import NotFound
from models.facts import Account, Person, Relation
from models.inventory import LineStatus
from models.search_query import ANYTHING, SearchQuery

_IDS = ARRAY(TEXT)


@dataclass(frozen=True, kw_only=True)
class AccountFound:
    """An account, and the person's relations to it."""

    row: AccountRow
    relations: frozenset[Relation]


@dataclass(frozen=True, kw_only=True)
class AccountInTree:
    """An account and its place in the tree.

    `level` is 0 at the top. `lines` counts the account's own lines in use, `lines_below` those of its whole branch.
    """

    row: AccountRow
    level: int
    lines: int
    lines_below: int


@dataclass(frozen=True, kw_only=True)
class BranchLines:
    """How many lines an account and all below it have in each status, and how many of those in use are its own."""

    by_status: Mapping[str, int]
    own: int

    @property
    def in_use(self) -> int:
        return sum(count for status, count in self.by_status.items() if status not in ENDED_LINE_STATUSES)


@dataclass(frozen=True, kw_only=True)
class Lineage:
    """An account and those above it, nearest first, and the ids of the active people who own one of them."""

    account_ids: tuple[str, ...]
    owner_ids: tuple[str, ...]


_above = accounts_above_each(param("tenant"), col(AccountRow.id) == any_(param("ids", _IDS)))
_LINEAGES = Statement[tuple[str, str, str | None]](
    select(_above.c.below, _above.c.id, PersonRow.id)
    .outerjoin(
        PersonRow,
        owns(_above.c.id) & (col(PersonRow.tenant) == param("tenant")) & col(PersonRow.active),
    )
    .order_by(_above.c.below, _above.c.distance)
)


async def by_ids(session: Session, tenant: str, ids: Collection[str]) -> dict[str, AccountRow]:
    """These accounts by id, in the order of their FA numbers, without those that do not exist."""
    if not ids:
        return {}
    query = select(AccountRow).where(col(AccountRow.tenant) == tenant, col(AccountRow.id).in_(ids))
    return {row.id: row for row in await session.all(query.order_by(col(AccountRow.number)))}


async def add(session: Session, row: AccountRow) -> None:
    await session.insert(row)


async def lineages(session: Session, tenant: str, account_ids: Collection[str]) -> dict[str, Lineage]:
    """The lineages of these accounts by id; no query for none."""
    rows = await session.all(_LINEAGES, tenant=tenant, ids=[*account_ids]) if account_ids else []
    above: dict[str, dict[str, None]] = {}
    owners: dict[str, set[str]] = {}
    for below, account_id, owner_id in rows:
        above.setdefault(below, {})[account_id] = None
        owners.setdefault(below, set()).update([owner_id] if owner_id else [])
    return {
        below: Lineage(account_ids=tuple(ids), owner_ids=tuple(sorted(owners[below]))) for below, ids in above.items()
    }


async def owner_ids(session: Session, tenant: str, account_ids: Collection[str]) -> dict[str, set[str]]:
    """The ids of the active people who own each of these accounts or one above it, by account."""
    above, found = accounts_above_each(tenant, col(AccountRow.id).in_(account_ids)), dict[str, set[str]]()
    query = select(above.c.below, PersonRow.id).join(PersonRow, owns(above.c.id))
    active = col(PersonRow.tenant) == tenant, col(PersonRow.active)
    for account_id, person_id in await session.all(query.where(*active)):
        found.setdefault(account_id, set()).add(person_id)
    return found


async def with_numbers(session: Session, tenant: str, numbers: Collection[str]) -> dict[str, AccountRow]:
    """The accounts with these FA numbers, by number."""
    have_number = col(AccountRow.tenant) == tenant, col(AccountRow.number).in_(numbers)
    return {row.number: row for row in await session.all(select(AccountRow).where(*have_number))}


async def nearest_owners(session: Session, tenant: str, account_id: str) -> list[str]:
    """The ids of the active people who own an account or one above it, those of the nearest account first."""
    above = accounts_above(tenant, account_id)
    nearest = select(func.min(above.c.distance)).where(owns(above.c.id)).scalar_subquery()
    query = select(PersonRow.id).where(col(PersonRow.tenant) == tenant, col(PersonRow.active), owns_any(above))
    return await session.all(query.order_by(nearest, col(PersonRow.id)))


def _owners(tenant: Value, above: CTE) -> Any:
    return (
        select(func.array_agg(col(PersonRow.id)))
        .where(col(PersonRow.tenant) == tenant, col(PersonRow.active), owns_any(above))
        .scalar_subquery()
    )


def account_query(tenant: Value, account_id: Value) -> Any:
    """Select one account as the rules need it; `account` reads the row.

    An account is suspended with any account above it, its owners include theirs, and it uses their billing accounts.
    """
    above = accounts_above(tenant, account_id)
    suspended = select(above.c.id).where(above.c.active.is_(False)).exists()
    return select(AccountRow, _owners(tenant, above), suspended, numbers_above(tenant, above)).where(
        col(AccountRow.tenant) == tenant, col(AccountRow.id) == account_id
    )


def account(
    row: AccountRow, owner_ids: Collection[str] | None, is_suspended: bool, carrier_accounts: Mapping[str, str] | None
) -> Account:
    return Account(
        id=row.id,
        number=row.number,
        name=row.name,
        kind=row.kind,
        active=not is_suspended,
        owner_ids=tuple(sorted(owner_ids or ())),
        carrier_accounts=carrier_accounts or {},
    )


async def list_accounts(
    session: Session,
    person: Person,
    *,
    relations: Collection[Relation] | None,
    search: SearchQuery = ANYTHING,
    after: str | None = None,
    limit: int,
) -> list[AccountInTree]:
    """Accounts the person has one of these relations to (None: all of the tenant), parents before children.

    `search` finds an FA number, or words that all occur in the name. `after` is the id of the last account of the
    previous page.
    """
    tree = _tree(person.tenant)
    seen = visibility.visible(visibility.account_relations(person), relations)
    page = _in_tree(tree, person.tenant).where(seen).order_by(tree.c.path).limit(limit)
    if search != ANYTHING:
        named = has_words(AccountRow, search.words) if search.words else false()
        page = page.where(is_reference(search.references, AccountRow.number) | named)
    if after is not None:
        page = page.where(tree.c.path > select(tree.c.path).where(tree.c.id == after).scalar_subquery())
    return [
        AccountInTree(row=row, **counts) for row, counts in await session.all(_with_counts(person.tenant, tree, page))
    ]


async def account_names(
    session: Session, person: Person, *, relations: Collection[Relation] | None, limit: int
) -> list[tuple[str, str]]:
    """FA number and name of the first accounts that `list_accounts` lists."""
    tree = _tree(person.tenant)
    seen = visibility.visible(visibility.account_relations(person), relations)
    columns = select(AccountRow.number, AccountRow.name)
    in_tenant = columns.join(tree, col(AccountRow.id) == tree.c.id).where(col(AccountRow.tenant) == person.tenant)
    return await session.all(in_tenant.where(seen).order_by(tree.c.path).limit(limit))


async def find_account(session: Session, person: Person, ref: str) -> AccountFound:
    """The account with this id or FA number (in any spelling), in the person's tenant. Raises NotFound.

    Of several accounts whose numbers differ in spelling only, the one with this spelling.
    """
    clauses = visibility.account_relations(person)
    is_same = equals_any(ref, AccountRow.id, AccountRow.number)
    query: Any = select(AccountRow, *visibility.labeled(clauses))
    found = await session.first(
        query.where(col(AccountRow.tenant) == person.tenant, is_same | is_reference([ref], AccountRow.number))
        .order_by(is_same.desc(), col(AccountRow.id))
        .limit(1)
    )
    if found is None:
        raise NotFound
    row, *flags = found
    return AccountFound(row=row, relations=visibility.relations_of(clauses, flags))


async def level_of(session: Session, tenant: str, account_id: str) -> int:
    """How many accounts are above this one."""
    (level,) = await session.all(select(func.max(accounts_above(tenant, account_id).c.distance)))
    return int(level)


async def lines_of_branch(session: Session, tenant: str, account_id: str) -> BranchLines:
    """Without void lines."""
    is_own = col(LineRow.account_id) == account_id
    rows = await session.all(
        select(col(LineRow.status), func.count(), func.count().filter(is_own))
        .where(
            col(LineRow.tenant) == tenant,
            col(LineRow.account_id).in_(accounts_below(tenant, [account_id])),
            col(LineRow.status) != LineStatus.VOID,
        )
        .group_by(col(LineRow.status))
    )
    own = sum(count for status, _, count in rows if status not in ENDED_LINE_STATUSES)
    return BranchLines(by_status={status: count for status, count, _ in rows}, own=own)


def _with_counts(tenant: str, tree: CTE, page: Any) -> Any:
    """The accounts of a page of the tree with level and counts, in its sequence.

    The lines of each account are counted once, by an index that has their statuses.
    """
    of_page = page.cte("page")
    paths = select(func.unnest(tree.c.path).label("above"), tree.c.id).subquery("paths")
    branch = select(paths.c.above, paths.c.id).join(of_page, of_page.c.id == paths.c.above).cte("branch")
    each = select(branch.c.id).distinct().subquery("each")
    in_use = func.count().filter(col(LineRow.status).not_in(ENDED_LINE_STATUSES))
    lines = select(in_use).where(col(LineRow.tenant) == tenant, col(LineRow.account_id) == each.c.id)
    counted = select(each.c.id, lines.correlate(each).scalar_subquery().label("lines")).cte("counted")
    sums = (
        select(
            branch.c.above,
            func.sum(counted.c.lines).label("lines_below"),
            func.sum(counted.c.lines).filter(counted.c.id == branch.c.above).label("lines"),
        )
        .join(counted, counted.c.id == branch.c.id)
        .group_by(branch.c.above)
        .subquery("sums")
    )
    counts = func.json_build_object("level", of_page.c.level, "lines", sums.c.lines, "lines_below", sums.c.lines_below)
    return (
        select(AccountRow, counts)
        .join(of_page, of_page.c.id == col(AccountRow.id))
        .join(sums, sums.c.above == of_page.c.id)
        .where(col(AccountRow.tenant) == tenant)
        .order_by(of_page.c.path)
    )


def _in_tree(tree: CTE, tenant: str) -> Any:
    columns = select(AccountRow.id).add_columns(tree.c.level, tree.c.path)
    return columns.join(tree, col(AccountRow.id) == tree.c.id).where(col(AccountRow.tenant) == tenant)


def _tree(tenant: str) -> CTE:
    """All accounts: id, `level` from 0 at the top, `path` of ids from the top to the account."""
    account_id = col(AccountRow.id)
    path = func.array_append(cast([], _IDS), account_id, type_=_IDS)
    root = select(account_id, literal(0).label("level"), path.label("path")).where(
        col(AccountRow.tenant) == tenant, col(AccountRow.parent_id).is_(None)
    )
    tree = root.cte("tree", recursive=True)
    child = (
        select(account_id, tree.c.level + 1, func.array_append(tree.c.path, account_id, type_=_IDS))
        .join(tree, col(AccountRow.parent_id) == tree.c.id)
        .where(col(AccountRow.tenant) == tenant)
    )
    return tree.union_all(child)
