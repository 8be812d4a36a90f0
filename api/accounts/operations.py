"""Accounts as their owners and the staff see them."""

from api.accounts.schemas import (
    MAX_NUMBERS,
    AccountDashboard,
    AccountOwner,
    AccountSummary,
    CarrierAccountView,
    CriticalNumber,
    CriticalNumbersIn,
)
from api.deps import Access, Services
from api.order_types.schema import TypeSummary, type_summary
from api.orders.schemas import AccountView
from models import formatting
from models.audit import AuditAction
from models.db.accounts import account_tree, carrier_accounts, critical_numbers
from models.db.accounts.account_tree import AccountFound
from models.db.audit import audit_log
from models.db.people import lookup
from models.db.session import Session
from models.errors import InvalidRequest
from models.facts import Relation
from models.search_query import ANYTHING, SearchQuery
from policies.access import Right


async def dashboard(services: Services, access: Access, ref: str) -> AccountDashboard:
    """Raises NotFound."""
    async with services.database.read() as session:
        found = await account_tree.find_account(session, access.person, ref)
        access.check(found.relations)
        tenant, account_id = found.row.tenant, found.row.id
        return AccountDashboard(
            account=_summary(found),
            lines_by_status=await account_tree.lines_by_status(session, tenant, account_id),
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


async def list_accounts(services: Services, access: Access, *, search: SearchQuery = ANYTHING) -> list[AccountSummary]:
    """The caller's accounts, parents before children; with `search` those with this number or name."""
    scope = access.for_right(Right.ACCOUNT_READ).scope
    async with services.database.read() as session:
        found = await account_tree.list_accounts(session, access.person, relations=scope, search=search)
    return [_summary(account) for account in found]


async def read_account(services: Services, access: Access, ref: str) -> AccountSummary:
    """Raises NotFound."""
    async with services.database.read() as session:
        found = await account_tree.find_account(session, access.person, ref)
    access.check(found.relations)
    return _summary(found)


def _bulk_actions(services: Services, access: Access, found: AccountFound) -> list[TypeSummary]:
    """What the caller can order for several lines of the account at once."""
    allowed = Relation.OWNER in found.relations or access.is_allowed(Right.ORDER_FOR_ANYBODY)
    if not (allowed and access.is_allowed(Right.ORDER_SUBMIT)):
        return []
    return [type_summary(order_type) for _, order_type in sorted(services.order_types.items()) if order_type.multi_line]


def _summary(found: AccountFound) -> AccountSummary:
    counts = {"level": found.level, "lines": found.lines, "lines_below": found.lines_below}
    return AccountSummary.model_validate({**found.row.model_dump(), **counts})
