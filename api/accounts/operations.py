"""Accounts as their owners and the staff see them."""

from typing import Any

from api.accounts.schemas import (
    MAX_NUMBERS,
    AccountDashboard,
    AccountOwner,
    AccountQuery,
    AccountSummary,
    CarrierAccountView,
    CriticalNumber,
    CriticalNumbersIn,
)
from api.deps import Access, Services
from api.http.paging import MAX_OPTIONS, CursorPage, cut_page, decode_cursor
from api.order_types.schema import TypeSummary, type_summary
from api.orders.schemas import AccountView
from models import formatting
from models.audit import AuditAction
from models.db.accounts import account_tree, carrier_accounts, critical_numbers
from models.db.accounts.account_tree import AccountFound, AccountInTree, BranchLines
from models.db.accounts.tables import AccountRow
from models.db.audit import audit_log
from models.db.people import lookup
from models.db.session import Session
from models.errors import InvalidRequest
from models.facts import Relation
from models.search_query import SearchQuery
from policies.access import Right

_LIST = "accounts"


async def dashboard(services: Services, access: Access, ref: str) -> AccountDashboard:
    """Raises NotFound."""
    async with services.database.read() as session:
        found = await account_tree.find_account(session, access.person, ref)
        access.check(found.relations)
        tenant, account_id = found.row.tenant, found.row.id
        in_tree, lines = await _in_tree(session, found.row)
        return AccountDashboard(
            account=_summary(in_tree),
            lines_by_status=lines.by_status,
            contacts=[
                AccountOwner.model_validate(person)
                for person in await lookup.account_owners(session, tenant, account_id)
            ],
            carrier_accounts=[
                CarrierAccountView.model_validate({**row.model_dump(), "account": AccountView.model_validate(account)})
                for row, account in await carrier_accounts.used_by(session, tenant, account_id)
            ],
            critical_numbers=await _critical_numbers(session, access, found),
            actions=_bulk_actions(services, access, found),
        )


async def protect_numbers(
    services: Services, access: Access, ref: str, body: CriticalNumbersIn
) -> list[CriticalNumber]:
    """Change the account's list of critical numbers. Raises NotFound, InvalidRequest."""
    return await services.database.run(_protect_numbers, services, access, ref, body)


async def _protect_numbers(
    session: Session, services: Services, access: Access, ref: str, body: CriticalNumbersIn
) -> list[CriticalNumber]:
    found = await account_tree.find_account(session, access.person, ref)
    access.check(found.relations)
    changes = {"add": body.add, "remove": body.remove}
    before, numbers = await critical_numbers.change(session, found.row.tenant, found.row.id, **changes)
    if len(numbers) > MAX_NUMBERS:
        raise InvalidRequest(f"An account can have up to {MAX_NUMBERS} critical numbers.", field="add")
    if before != numbers:
        await audit_log.record(
            session,
            AuditAction.CRITICAL_NUMBERS_CHANGED,
            by=access.audit_actor,
            to=access.person,
            at=services.now(),
            account=found.row.number,
            before=[formatting.mask(one) for one in before],  # also for auditors, who see no identifiers
            after=[formatting.mask(one) for one in numbers],
        )
    return await _critical_numbers(session, access, found)


async def _critical_numbers(session: Session, access: Access, found: AccountFound) -> list[CriticalNumber]:
    """Masked for people who can't see the account's identifiers."""
    numbers, readable = found.row.critical_numbers, access.is_allowed(Right.LINE_IDENTIFIERS, found.relations)
    lines = await critical_numbers.lines_in_use(session, found.row.tenant, numbers)
    return [
        CriticalNumber(number=one if readable else str(formatting.mask(one)), line_id=lines.get(one)) for one in numbers
    ]


async def list_accounts(services: Services, access: Access, query: AccountQuery) -> CursorPage[AccountSummary]:
    """A page of the caller's accounts, parents before children."""
    after = decode_cursor(query.cursor, _LIST)
    found = await _list(services, access, after=after, limit=query.limit + 1)
    return cut_page(found, query.limit, _LIST)


async def search_accounts(services: Services, access: Access, search: SearchQuery, limit: int) -> list[AccountSummary]:
    """The caller's accounts with this number or name."""
    return await _list(services, access, search=search, limit=limit)


async def account_options(services: Services, access: Access) -> list[tuple[str, str]] | None:
    """FA number and label of all of the caller's accounts, parents before children; None if there are too many."""
    async with services.database.read() as session:
        found = await account_tree.account_names(
            session, access.person, relations=access.for_right(Right.ACCOUNT_READ).scope, limit=MAX_OPTIONS + 1
        )
    return [(number, f"{name} ({number})") for number, name in found] if len(found) <= MAX_OPTIONS else None


async def _list(services: Services, access: Access, **options: Any) -> list[AccountSummary]:
    scope = access.for_right(Right.ACCOUNT_READ).scope
    async with services.database.read() as session:
        return [
            _summary(found)
            for found in await account_tree.list_accounts(session, access.person, relations=scope, **options)
        ]


async def read_account(services: Services, access: Access, ref: str) -> AccountSummary:
    """Raises NotFound."""
    async with services.database.read() as session:
        found = await account_tree.find_account(session, access.person, ref)
        access.check(found.relations)
        in_tree, _ = await _in_tree(session, found.row)
    return _summary(in_tree)


async def _in_tree(session: Session, row: AccountRow) -> tuple[AccountInTree, BranchLines]:
    """The account with its counts, and those by status."""
    lines = await account_tree.lines_of_branch(session, row.tenant, row.id)
    level = await account_tree.level_of(session, row.tenant, row.id)
    return AccountInTree(row=row, level=level, lines=lines.own, lines_below=lines.in_use), lines


def _bulk_actions(services: Services, access: Access, found: AccountFound) -> list[TypeSummary]:
    """What the caller can order for several lines of the account at once."""
    allowed = Relation.OWNER in found.relations or access.is_allowed(Right.ORDER_FOR_ANYBODY)
    if not (allowed and access.is_allowed(Right.ORDER_SUBMIT)):
        return []
    return [type_summary(order_type) for _, order_type in sorted(services.order_types.items()) if order_type.multi_line]


def _summary(found: AccountInTree) -> AccountSummary:
    counts = {"level": found.level, "lines": found.lines, "lines_below": found.lines_below}
    return AccountSummary.model_validate({**found.row.model_dump(), **counts})
