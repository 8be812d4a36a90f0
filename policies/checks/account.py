from collections.abc import Iterator

from models.errors import FieldError
from models.facts import Facts
from models.questions.device import DEVICE_HELD
from models.questions.line import LINE
from policies.carrier_billing import LINE_NOT_BILLED, MISSING, line_is_billed, product_is_billed
from policies.check import Check, item_error
from policies.choices import choices


def _account_active(facts: Facts) -> Iterator[FieldError]:
    if not facts.account.active:
        detail = f"Account {facts.account.number} ({facts.account.name}) is suspended. Choose another account."
        yield FieldError(code="ACCOUNT_SUSPENDED", field="account_id", detail=detail)


def _billed_by_carrier(facts: Facts) -> Iterator[FieldError]:
    """Check that the carrier can charge the order: the account of each line, also of one that a device is on.

    For new lines it is the account of the order.
    """
    account, carriers = facts.account, facts.account.carrier_accounts
    question = DEVICE_HELD if facts.type.about_devices else LINE
    for item, named in facts.things_by_item():
        line = named.on_line
        if line and not line_is_billed(line.carrier_account, line.carrier, carriers):
            yield item_error(item, question, MISSING, LINE_NOT_BILLED)
    bought = () if facts.type.about_inventory else (choice.product for choice in choices(facts))
    unbilled = next((product for product in bought if product and not product_is_billed(product, carriers)), None)
    if unbilled:
        detail = (
            f"Account {account.number} ({account.name}) has no billing account with the carrier of {unbilled.name}. "
            "Choose another carrier or account."
        )
        yield FieldError(code=MISSING, field="account_id", detail=detail)


BILLED_BY_CARRIER = Check(code="billed_by_carrier", errors=(MISSING,), judge=_billed_by_carrier)
ACCOUNT_ACTIVE = Check(code="account_active", errors=("ACCOUNT_SUSPENDED",), judge=_account_active)
