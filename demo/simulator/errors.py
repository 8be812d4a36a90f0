"""What the simulated carrier answers when it refuses; each class is one TMF `Error`."""


class SimulatorError(Exception):
    """A refusal: the message is the `reason`, the class gives `code` and HTTP status."""

    code = "internalError"
    status = 500

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.headers: dict[str, str] = {}

    def document(self) -> dict[str, str]:
        """Give the TMF `Error`; its status is a string."""
        return {
            "code": self.code,
            "reason": str(self),
            "message": f"{self.code}: {self}",
            "status": str(self.status),
            "@type": "Error",
        }


class InvalidRequestError(SimulatorError):
    """The request cannot be understood or names what does not exist."""

    code = "invalidRequest"
    status = 400


class UnauthorizedError(SimulatorError):
    """The bearer token is missing or wrong."""

    code = "unauthorized"
    status = 401

    def __init__(self) -> None:
        super().__init__("a valid bearer token is required")
        self.headers = {"WWW-Authenticate": "Bearer"}


class NotFoundError(SimulatorError):
    """No resource has this id."""

    code = "notFound"
    status = 404


class OrderClosedError(SimulatorError):
    """The order has reached a final state and takes no more changes."""

    code = "orderClosed"
    status = 409


class IllegalTransitionError(SimulatorError):
    """The state table has no such move."""

    code = "illegalTransition"
    status = 409


class TurnedAwayError(SimulatorError):
    """The carrier does not look at this call; `retry_after` is in whole seconds."""

    def __init__(self, retry_after: int) -> None:
        super().__init__(f"not now, try again in {retry_after} s")
        self.headers = {"Retry-After": str(retry_after)}


class ThrottledError(TurnedAwayError):
    """The client calls too often."""

    code = "tooManyRequests"
    status = 429


class UnavailableError(TurnedAwayError):
    """The carrier is down."""

    code = "serviceUnavailable"
    status = 503
