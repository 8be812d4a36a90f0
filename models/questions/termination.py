"""Why and when a line ends, and what becomes of its device."""

from models.answer_type import one_of, text
from models.question import Consent, Question, Scope
from models.typed_text import LINE_CHAR, LINE_START, one_line

TO_CARRIER, STOCK, KEEPS, MISSING = "return_to_carrier", "stock", "employee_keeps", "missing"
IMMEDIATE, BILL_CYCLE, DATE = "immediate", "bill_cycle", "date"

END_REASON = Question(
    code="end_reason",
    label="Reason for disconnecting",
    help="Why the line is no longer needed.",
    type=one_of(
        "left",
        "unused",
        "replaced",
        "lost",
        "seasonal_end",
        "other",
        left="Its user has left",
        unused="It isn't used",
        replaced="It was replaced",
        lost="Its phone is lost or stolen",
        seasonal_end="The season is over",
        other="Another reason",
    ),
    example="unused",
)
END_REASON_TEXT = Question(
    code="end_reason_text",
    label="Which reason",
    help="In a few words.",
    type=text(f"{LINE_START}{LINE_CHAR}{{0,199}}", "Enter a reason of up to 200 characters, on one line.", one_line),
    example="The kiosk is closed.",
)
EFFECTIVE = Question(
    code="effective",
    label="When service ends",
    help="The billing cycle can be chosen where we know it. For another day, enter it as the start date.",
    type=one_of(
        IMMEDIATE,
        BILL_CYCLE,
        DATE,
        immediate="Right away",
        bill_cycle="At the end of the billing cycle",
        date="On the start date of the order",
    ),
    example=IMMEDIATE,
    scope=Scope.ORDER,
)
DEVICE_GOES = Question(
    code="device_goes",
    label="What happens to the device",
    help="It comes off the line.",
    type=one_of(
        TO_CARRIER,
        STOCK,
        KEEPS,
        MISSING,
        return_to_carrier="It goes back to the carrier",
        stock="It goes to our stock",
        employee_keeps="Its user keeps it",
        missing="It's lost or stolen",
    ),
    example=STOCK,
)
WIPE_CONFIRMED = Consent(
    code="wipe_confirmed",
    label="Erased device",
    help="The device is erased. No company data is left on it.",
    accepts=lambda _, __: ("No company data is left on it",),
)
CRITICAL_ACK = Consent(
    code="critical_ack",
    label="Critical number",
    help="This number is on the account's list of critical numbers. It can be given up.",
    accepts=lambda _, __: ("It can be given up",),
)
LEAVER_ACK = Consent(
    code="leaver_ack",
    label="Number of someone who leaves",
    help="The user leaves soon and hasn't said what should happen to the number. It can be given up.",
    accepts=lambda _, __: ("The number of someone who leaves can be given up",),
)
UNDO_UNTIL = Question(
    code="undo_until",
    label="Can this be undone?",
    help="Until when the carrier can reconnect the line with its number.",
    type=text(r"[\s\S]{1,300}", "Enter a sentence."),
    example="Until Jan 19, 2027, if service ends on Nov 30, 2026.",
)
FINAL_ACK = Consent(
    code="final_ack",
    label="Loss of the number",
    help="After the last day to reconnect the line, its number is lost for good. I understand.",
    scope=Scope.ORDER,
    accepts=lambda _, __: ("The number is lost after that day",),
)
