from models.inventory import LineStatus
from policies.line_status import status_check

_MOVING = frozenset({LineStatus.PORTING_IN, LineStatus.PORTING_OUT, LineStatus.TRANSFERRING})

LINE_ACTIVE = status_check("line_active", "LINE_NOT_ACTIVE", LineStatus.ACTIVE)
LINE_IN_USE = status_check("line_in_use", "LINE_NOT_IN_USE", LineStatus.ACTIVE, LineStatus.SUSPENDED)
LINE_TO_END = status_check(
    "line_to_end",
    "LINE_ALREADY_ENDED",
    *(LineStatus.ACTIVE, LineStatus.SUSPENDED),
    *(LineStatus.PORTING_IN, LineStatus.PORTING_OUT, LineStatus.TRANSFERRING),
)
# A line on its way to or from another carrier has a number, too: NUMBER_STAYS_HERE says why that doesn't change.
LINE_HAS_NUMBER = status_check(
    "line_has_number", "LINE_NOT_ACTIVE", LineStatus.ACTIVE, LineStatus.PORTING_IN, LineStatus.PORTING_OUT
)
NUMBER_STAYS_HERE = status_check(
    "number_stays_here",
    "PORT_OPEN",
    *(status for status in LineStatus if status not in {LineStatus.PORTING_IN, LineStatus.PORTING_OUT}),
    names_unknown=False,
)
LINE_STAYS_HERE = status_check(
    "line_stays_here",
    "LINE_BEING_TRANSFERRED",
    *(status for status in LineStatus if status not in _MOVING),
    names_unknown=False,
)
LINE_NOT_ENDED = status_check(
    "line_not_ended",
    "LINE_ENDED",
    *(LineStatus.PENDING, LineStatus.ACTIVE, LineStatus.SUSPENDED),
    *(LineStatus.PORTING_IN, LineStatus.PORTING_OUT, LineStatus.TRANSFERRING),
)
