from models.answer_type import yes_or_no
from models.carrier_rule import RuleKind

LOCKS_NUMBERS = RuleKind(
    code="locks_numbers",
    label="Number lock",
    help="Whether the carrier keeps numbers from moving to another carrier.",
    type=yes_or_no(),
    words=lambda value, _: "the carrier locks numbers" if value else "the carrier doesn't lock numbers",
)
