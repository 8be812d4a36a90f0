"""What moves with a line to another person."""

from models.answer_type import one_of, yes_or_no
from models.question import Question

DEVICE_MOVES = Question(
    code="device_moves",
    label="Transfer the device too",
    help="The device goes to the new user with the line; otherwise it returns to inventory.",
    type=yes_or_no(no="No, return it to inventory"),
    example=True,
)
CHARGE_MOVE = Question(
    code="charge_move",
    label="Move past charges",
    help="Choose which billed charges to reallocate. New charges follow the line.",
    type=one_of("none", "last_month", "all", last_month="Last month's charges", all="All charges"),
    example="none",
)
