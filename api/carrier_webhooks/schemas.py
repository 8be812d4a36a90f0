from api.http.schemas import ResponseModel


class EventReceipt(ResponseModel):
    """The event was received; a repeat gets the same answer."""

    status: str = "received"
