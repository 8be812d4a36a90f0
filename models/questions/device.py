"""Which device of the inventory."""

from functools import partial

from models.answer_type import text
from models.identifiers import read_imei, stored_form
from models.question import Question, Tell

DEVICE_HELD = Question(
    code="device_held",
    label="Device",
    help="Its device ID (IMEI), in any format. Dial *#06# to see it.",
    type=text(r"[\s\S]{1,64}", "Enter an IMEI.", partial(stored_form, read_imei)),
    example="35 332211 000001 2",
    tell=Tell.SUBJECT,
)
