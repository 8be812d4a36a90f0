"""The carrier's record of who uses a line."""

from models.address import street_address
from models.answer_type import text
from models.question import Question, Secrecy
from models.typed_text import LINE_CHAR, LINE_START, one_line

SUBSCRIBER_NAME = Question(
    code="subscriber_name",
    label="Name at carrier",
    help="Who uses the line, as the carrier shows it on bills and to people who are called.",
    type=text(f"{LINE_START}{LINE_CHAR}{{0,99}}", "Enter a name of up to 100 characters, on one line.", one_line),
    example="Ann Lee",
    secrecy=Secrecy.PERSONAL,
    replaces="line.subscriber_name",
)
CARRIER_LABEL = Question(
    code="carrier_label",
    label="Label at carrier",
    help="Up to 30 characters that the carrier shows with the line, such as the cost center.",
    type=text(f"{LINE_START}{LINE_CHAR}{{0,29}}", "Enter a label of up to 30 characters, on one line.", one_line),
    example="CC-4711",
    replaces="line.labels",
)
SERVICE_ADDRESS = Question(
    code="service_address",
    label="Service address",
    help="The street address where the line is used most, for taxes and 911.",
    type=street_address,
    example={
        "name": "Ann Lee",
        "line1": "200 West Adams Street",
        "city": "Chicago",
        "state": "IL",
        "postal_code": "60606",
    },
    secrecy=Secrecy.PERSONAL,
    replaces="line.service_address",
    invalid_code="ADDRESS_INVALID",
)
