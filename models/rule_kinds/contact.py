from typing import Annotated

from pydantic import AfterValidator, StringConstraints

from models.answer_type import AnswerType
from models.carrier_rule import RuleKind
from models.formatting import phone_number
from models.identifiers import parse_mdn


def _number(text: str) -> str:
    try:
        return parse_mdn(text)
    except ValueError:
        raise ValueError("Enter a US phone number, such as (800) 555-0142.") from None


HOTLINE = RuleKind(
    code="hotline",
    label="24/7 number",
    help="The number at which the carrier blocks a line at any time.",
    type=AnswerType(
        annotation=Annotated[str, StringConstraints(max_length=32), AfterValidator(_number)],
        invalid="Enter a US phone number, such as (800) 555-0142.",
    ),
    words=lambda value, _: phone_number(value),
)
