"""Accounts as their owners and the staff see them."""

from api.deps import Access, Services
from api.http.schemas import View
from api.order_types.schema import TypeSummary, summarize
from models.db.accounts import account_tree
from models.db.accounts.account_tree import AccountFound
from models.db.people import lookup
from models.facts import Relation
from policies.access import Right


class Account(View):
    """A company or department; `level` is 0 at the top, `lines_below` counts the whole branch."""

    id: str
    number: str
    name: str
    kind: str
    segment: str
    parent_id: str | None
    active: bool
    level: int
    lines: int
    lines_below: int


class Contact(View):
    """Somebody who answers for an account."""

    id: str
    name: str
    email: str
    phone: str | None


class Dashboard(View):
    """An account at a glance: its lines by status, who answers for it, and what can be ordered for many lines."""

    account: Account
    lines_by_status: dict[str, int]
    contacts: list[Contact]
    actions: list[TypeSummary]


async def dashboard(services: Services, access: Access, ref: str) -> Dashboard:
    """One account at a glance. Raises NotFound."""
    async with services.database.transaction() as session:
        found = await account_tree.find_account(session, access.person, ref)
        access.check(found.relations)
        tenant, account_id = found.row.tenant, found.row.id
        counts = await account_tree.lines_by_status(session, tenant, account_id)
        answering = await lookup.account_owners(session, tenant, account_id)
    return Dashboard(
        account=_view(found),
        lines_by_status=counts,
        contacts=[Contact.model_validate(person) for person in answering],
        actions=_actions(services, access, found),
    )


async def list_accounts(services: Services, access: Access, *, words: str = "") -> list[Account]:
    """The accounts this person answers for, parents before children; all, or those of this number or name."""
    scope = access.towards(Right.ACCOUNT_READ).scope
    async with services.database.transaction() as session:
        found = await account_tree.list_accounts(session, access.person, relations=scope, words=words)
    return [_view(one) for one in found]


async def read_account(services: Services, access: Access, ref: str) -> Account:
    """One account by id or FA number. Raises NotFound."""
    async with services.database.transaction() as session:
        found = await account_tree.find_account(session, access.person, ref)
    access.check(found.relations)
    return _view(found)


def _actions(services: Services, access: Access, found: AccountFound) -> list[TypeSummary]:
    """What this person may order for several lines of the account at once."""
    entitled = Relation.OWNER in found.relations or access.may(Right.ORDER_FOR_ANYBODY)
    if not (entitled and access.may(Right.ORDER_SUBMIT)):
        return []
    return [summarize(one) for _, one in sorted(services.catalog.items()) if one.multi_line]


def _view(found: AccountFound) -> Account:
    counts = {"level": found.level, "lines": found.lines, "lines_below": found.lines_below}
    return Account.model_validate({**found.row.model_dump(), **counts})
