"""Accounts as their owners and the staff see them."""

from api.bodies import View
from api.deps import Access, Services
from models.db import accounts
from models.db.accounts import AccountFound
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


async def list_accounts(services: Services, access: Access, *, words: str = "") -> list[Account]:
    """The accounts this person answers for, parents before children; all, or those of this number or name."""
    scope = Access(person=access.person, right=Right.ACCOUNT_READ).scope
    async with services.database.transaction() as session:
        found = await accounts.list_accounts(session, access.person, relations=scope, words=words)
    return [_view(one) for one in found]


async def read_account(services: Services, access: Access, ref: str) -> Account:
    """One account by id or FA number. Raises NotFound."""
    async with services.database.transaction() as session:
        found = await accounts.find_account(session, access.person, ref)
    access.check(found.relations)
    return _view(found)


def _view(found: AccountFound) -> Account:
    counts = {"level": found.level, "lines": found.lines, "lines_below": found.lines_below}
    return Account.model_validate({**found.row.model_dump(), **counts})
