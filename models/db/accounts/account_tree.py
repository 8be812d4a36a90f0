"""Accounts as a tree: what is above one, who owns it, how many lines hang below."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ARRAY, CTE, TEXT, ColumnElement, and_, cast, func, literal
from sqlmodel import col, select

from models.db import visibility
from models.db.accounts.tables import AccountRow
from models.db.inventory.tables import LineRow
from models.db.people import lookup
from models.db.people.tables import PersonRow
from models.db.session import Session
from models.errors import NotFound
from models.facts import Account, Person, Relation
from models.inventory import LineStatus

_IDS = ARRAY(TEXT)
_NO_IDS = cast([], _IDS)
GONE = (LineStatus.TERMINATED, LineStatus.DISCONNECTED, LineStatus.VOID)


@dataclass(frozen=True, kw_only=True)
class AccountFound:
    """An account with its place in the tree, and what it is to the person who asked.

    `level` is 0 at the top; `lines` counts those of the account itself that are in use, `lines_below` those of
    the whole branch.
    """

    row: AccountRow
    level: int
    lines: int
    lines_below: int
    relations: frozenset[Relation] = frozenset()


def judged(tenant: str, account_id: str) -> Any:
    """The query for one account as the rules see it: suspended with any above it, owned with any above it."""
    line = lineage(tenant, account_id)
    owners = (
        select(func.array_agg(col(PersonRow.id)))
        .where(col(PersonRow.tenant) == tenant, col(PersonRow.active), owned(line))
        .scalar_subquery()
    )
    suspended = select(line.c.id).where(line.c.active.is_(False)).exists()
    return select(AccountRow, owners, suspended).where(
        col(AccountRow.tenant) == tenant, col(AccountRow.id) == account_id
    )


def account(row: AccountRow, owner_ids: Collection[str] | None, is_suspended: bool) -> Account:
    """What `judged` finds, as the rules see it."""
    return Account(
        id=row.id,
        number=row.number,
        name=row.name,
        kind=row.kind,
        active=not is_suspended,
        owner_ids=tuple(sorted(owner_ids or ())),
    )


async def list_accounts(
    session: Session, person: Person, *, relations: Collection[Relation] | None, words: str = ""
) -> list[AccountFound]:
    """Accounts the person is tied to by one of `relations` (None: all of the tenant), parents before children.

    `words` are an FA number, or must all occur in the name.
    """
    tied = visibility.of_account(person)
    query = _with_counts(person.tenant).add_columns(*visibility.labeled(tied))
    if relations is not None:
        query = query.where(visibility.any_of(tied, relations))
    if words:
        in_name = and_(*(col(AccountRow.name).icontains(word, autoescape=True) for word in words.split()))
        query = query.where((func.upper(col(AccountRow.number)) == words.upper()) | in_name)
    return [_found(tied, *found) for found in (await session.exec(query)).all()]


async def find_account(session: Session, person: Person, ref: str) -> AccountFound:
    """The account with this id or FA number, in the person's tenant. Raises NotFound."""
    tied = visibility.of_account(person)
    query = _with_counts(person.tenant).add_columns(*visibility.labeled(tied))
    found = (await session.exec(query.where((col(AccountRow.id) == ref) | (col(AccountRow.number) == ref)))).first()
    if found is None:
        raise NotFound(f"There is no account {ref[:32]}.")
    return _found(tied, *found)


async def account_number(session: Session, tenant: str, account_id: str) -> str:
    """The carrier's number of an account that exists."""
    return (await session.get_one(AccountRow, (tenant, account_id))).number


async def lines_by_status(session: Session, tenant: str, account_id: str) -> dict[str, int]:
    """How many lines of an account and all below it stand where; those that never came to be are not counted."""
    found = await session.exec(
        select(col(LineRow.status), func.count())
        .where(
            col(LineRow.tenant) == tenant,
            col(LineRow.account_id).in_(visibility.accounts_below(tenant, [account_id])),
            col(LineRow.status) != LineStatus.VOID,
        )
        .group_by(col(LineRow.status))
    )
    return dict(found.all())


async def contacts(session: Session, tenant: str, account_id: str) -> list[Person]:
    """Who answers for an account, or one above it, by name."""
    found = await session.exec(
        select(PersonRow)
        .where(col(PersonRow.tenant) == tenant, col(PersonRow.active), owned(lineage(tenant, account_id)))
        .order_by(col(PersonRow.name))
    )
    return [lookup.person(row) for row in found]


def lineage(tenant: str, account_id: str) -> CTE:
    """An account (distance 0) and all above it: id, parent_id, active, `distance` rising."""
    columns = (col(AccountRow.id), col(AccountRow.parent_id), col(AccountRow.active))
    first = select(*columns, literal(0).label("distance")).where(
        col(AccountRow.tenant) == tenant, col(AccountRow.id) == account_id
    )
    line = first.cte("lineage", recursive=True)
    parent = (
        select(*columns, line.c.distance + 1)
        .join(line, col(AccountRow.id) == line.c.parent_id)
        .where(col(AccountRow.tenant) == tenant)
    )
    return line.union_all(parent)


def owned(line: CTE) -> Any:
    """Whether a PersonRow answers for an account of this lineage, as SQL."""
    return select(line.c.id).where(line.c.id == func.any(col(PersonRow.owns))).exists()


def _with_counts(tenant: str) -> Any:
    """Accounts with level, own lines and lines of the branch, ordered as a tree is read."""
    tree = _tree(tenant)
    below = tree.alias("below")
    in_use = (
        select(col(LineRow.account_id), func.count().label("lines"))
        .where(col(LineRow.tenant) == tenant, col(LineRow.status).not_in(GONE))
        .group_by(col(LineRow.account_id))
        .subquery("in_use")
    )
    own = select(in_use.c.lines).where(in_use.c.account_id == tree.c.id).scalar_subquery()
    branch = (
        select(func.sum(in_use.c.lines))
        .join(below, below.c.id == in_use.c.account_id)
        .where(below.c.path[tree.c.level + 1] == tree.c.id)
        .scalar_subquery()
    )
    return (
        select(AccountRow, tree.c.level, func.coalesce(own, 0), func.coalesce(branch, 0))
        .join(tree, col(AccountRow.id) == tree.c.id)
        .where(col(AccountRow.tenant) == tenant)
        .order_by(tree.c.path)
    )


def _tree(tenant: str) -> CTE:
    """All accounts: id, `level` from 0 at the top, `path` of ids from the top to the account."""
    start = (
        col(AccountRow.id),
        literal(0).label("level"),
        _with(_NO_IDS).label("path"),
    )
    top = select(*start).where(col(AccountRow.tenant) == tenant, col(AccountRow.parent_id).is_(None))
    tree = top.cte("tree", recursive=True)
    child = (
        select(col(AccountRow.id), tree.c.level + 1, _with(tree.c.path))
        .join(tree, col(AccountRow.parent_id) == tree.c.id)
        .where(col(AccountRow.tenant) == tenant)
    )
    return tree.union_all(child)


def _with(path: Any) -> ColumnElement[list[str]]:
    return func.array_append(path, col(AccountRow.id), type_=_IDS)


def _found(
    tied: visibility.Ties, row: AccountRow, level: int, lines: int, lines_below: int, *flags: bool
) -> AccountFound:
    return AccountFound(
        row=row, level=level, lines=int(lines), lines_below=int(lines_below), relations=visibility.held(tied, flags)
    )
