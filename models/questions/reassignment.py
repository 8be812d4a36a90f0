"""Who gets a line, and what moves or ends with it."""

from models.answer_type import one_of, yes_or_no
from models.holder import HolderKind
from models.question import Question, Scope, Tell

STOCK, ON_LINE = "stock", "on_line"

_HOLDERS = one_of(*HolderKind, person="A person", site="A site", nobody="No one: return it to the spare pool")
ASSIGN_TO = Question(
    code="assign_to",
    label="Who gets the line",
    help="A spare line keeps its number and plan until someone needs it.",
    type=_HOLDERS,
    example=HolderKind.PERSON.value,
    scope=Scope.ORDER,
    tell=Tell.NOTHING,
)
PRESENT_HOLDER = Question(
    code="present_holder",
    label="Assigned to until now",
    help="Whether a person, a site or no one has the line. We read it from the inventory.",
    type=_HOLDERS,
    example=HolderKind.PERSON.value,
    scope=Scope.ORDER,
    tell=Tell.NOTHING,
)
DEVICE_MOVES = Question(
    code="device_moves",
    label="Transfer the device too",
    help="The device goes to the new user with the line; otherwise it returns to inventory.",
    type=yes_or_no(no="No, return it to inventory"),
    example=True,
)
SPARE_DEVICE = Question(
    code="spare_device",
    label="What happens to the device",
    help="The line's user no longer has it.",
    type=one_of(STOCK, ON_LINE, stock="It goes to our stock", on_line="It stays on the spare line"),
    example=STOCK,
)
FEATURES_END = Question(
    code="features_end",
    label="Paid features",
    help="Whether the carrier is asked to remove them.",
    type=yes_or_no(yes="Removed by the carrier", no="None"),
    example=False,
    scope=Scope.ORDER,
    tell=Tell.NOTHING,
)
CHARGE_MOVE = Question(
    code="charge_move",
    label="Move past charges",
    help="Choose which billed charges to reallocate. New charges follow the line.",
    type=one_of("none", "last_month", "all", last_month="Last month's charges", all="All charges"),
    example="none",
)
