"""Which line, and where a new line is at home."""

from functools import partial

from models.address import NOT_A_ZIP, ZIP
from models.answer_type import text
from models.identifiers import parse_mdn, stored_form
from models.question import Question, Tell

LINE = Question(
    code="line",
    label="Line",
    help="Its phone number, in any format.",
    type=text(r"[\s\S]{1,64}", "Enter a phone number.", partial(stored_form, parse_mdn)),
    example="(312) 555-0142",
    tell=Tell.SUBJECT,
)
AREA_CODE = Question(
    code="area_code",
    label="Preferred area code",
    help="The first three digits of the new phone number.",
    # Codes that end in 11, such as 911, are services.
    type=text("[2-9](?:[02-9][0-9]|1[02-9])", "Enter a 3-digit area code, such as 312."),
    example="312",
)
SERVICE_ZIP = Question(
    code="service_zip",
    label="ZIP code where the phone is used most",
    help="Used for taxes and coverage.",
    type=text(ZIP, NOT_A_ZIP),
    example="60606",
)
