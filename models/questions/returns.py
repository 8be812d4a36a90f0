"""Why, how and in which condition a device goes back."""

from models.address import street_address
from models.answer_type import one_of, text, yes_or_no
from models.question import Question, Scope, Secrecy
from models.returns import DeviceCondition, ReturnCause, ReturnWay

RETURN_CAUSE = Question(
    code="return_cause",
    label="Reason for return",
    help="If it never arrived, we ask the carrier to look for the parcel instead.",
    type=one_of(
        *ReturnCause,
        unwanted="It isn't wanted",
        upgrade="It was replaced by a new one",
        exchange="It is exchanged under warranty",
        terminate="Its line is disconnected",
        not_received="It never arrived",
        leaver="Its user is leaving",
    ),
    example="unwanted",
    scope=Scope.ORDER,
)
CONDITION = Question(
    code="condition",
    label="Condition",
    help="We check it when the device arrives.",
    type=one_of(
        *(condition for condition in DeviceCondition if condition is not DeviceCondition.LOCKED),
        working="Working, no damage",
        damaged="Damaged, can be repaired",
        broken="Broken",
    ),
    example="working",
)
ACCOUNT_REMOVED = Question(
    code="account_removed",
    label="Erased and signed out",
    help="The device is erased, and signed out of the Apple or Google account. "
    "If it isn't, no one can use it again, and its price is charged.",
    type=yes_or_no(),
    example=True,
)
RETURN_WAY = Question(
    code="return_way",
    label="How it goes back",
    help="The carrier sends a label or picks it up. Devices for our own stock go to the telecom desk.",
    type=one_of(*ReturnWay, label="With a shipping label", pickup="Picked up", stock="To the telecom desk"),
    example="label",
    scope=Scope.ORDER,
)
PICKUP_FROM = Question(
    code="pickup_from",
    label="Where it is now",
    help="The street address that it is sent from or picked up at.",
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
TRACED_PARCEL = Question(
    code="traced_parcel",
    label="Missing parcel",
    help="Its tracking number.",
    type=text("[A-Z0-9]{4,64}", "Enter a tracking number."),
    example="1Z999AA10123456784",
)
