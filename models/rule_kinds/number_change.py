from models.answer_type import one_of
from models.carrier_rule import RuleKind

AREA_CODE, ADDRESS = "area_code", "address"

NUMBER_AREA = RuleKind(
    code="number_area",
    label="Area of a new number",
    help="What the carrier takes the area of a new number from. The subscriber's address is updated first if it does.",
    type=one_of(AREA_CODE, ADDRESS, area_code="The area code that is asked for", address="The subscriber's address"),
    words=lambda value, _: "the subscriber's address" if value == ADDRESS else "the area code that is asked for",
)
