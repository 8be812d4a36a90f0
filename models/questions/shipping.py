"""Where and how goods are shipped."""

from models.address import street_address
from models.answer_type import yes_or_no
from models.question import Question, Scope, Secrecy

SHIP_TO = Question(
    code="ship_to",
    label="Ship to",
    help="A street address. We can't ship to a PO box.",
    type=street_address,
    example={
        "name": "Ann Lee",
        "line1": "200 West Adams Street",
        "city": "Chicago",
        "state": "IL",
        "postal_code": "60606",
    },
    scope=Scope.ORDER,
    secrecy=Secrecy.PERSONAL,
    invalid_code="ADDRESS_INVALID",
)
EXPEDITE = Question(
    code="expedite",
    label="Express shipping",
    help="Next-day delivery for an extra fee.",
    type=yes_or_no(),
    example=True,
    scope=Scope.ORDER,
    priced=True,
)
