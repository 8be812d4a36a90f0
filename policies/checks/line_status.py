from models.inventory import LineStatus
from policies.line_status import status_check

LINE_ACTIVE = status_check("line_active", "LINE_NOT_ACTIVE", LineStatus.ACTIVE)
LINE_IN_USE = status_check("line_in_use", "LINE_NOT_IN_USE", LineStatus.ACTIVE, LineStatus.SUSPENDED)
LINE_STOPPED = status_check("line_stopped", "LINE_NOT_SUSPENDED", LineStatus.SUSPENDED)
LINE_NOT_ENDED = status_check(
    "line_not_ended",
    "LINE_ENDED",
    *(LineStatus.PENDING, LineStatus.ACTIVE, LineStatus.SUSPENDED),
    *(LineStatus.PORTING_IN, LineStatus.PORTING_OUT, LineStatus.TRANSFERRING),
)
