from collections.abc import Iterator

from models.errors import FieldError
from models.facts import Facts
from policies.check import Check


def _account_active(facts: Facts) -> Iterator[FieldError]:
    if not facts.account.active:
        detail = f"Account {facts.account.number} ({facts.account.name}) is suspended. Choose another account."
        yield FieldError(code="ACCOUNT_SUSPENDED", field="account_id", detail=detail)


ACCOUNT_ACTIVE = Check(code="account_active", errors=("ACCOUNT_SUSPENDED",), judge=_account_active)
