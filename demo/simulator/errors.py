"""The errors of the simulated carrier; each class is one TMF `Error`."""

from collections.abc import Sequence


class SimulatorError(Exception):
    """The message is the `reason`; the class sets `code` and HTTP status."""

    code = "internalError"
    status = 500

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.headers: dict[str, str] = {}

    def document(self) -> dict[str, str]:
        """The TMF `Error`, whose status is a string."""
        return {
            "code": self.code,
            "reason": str(self),
            "message": f"{self.code}: {self}",
            "status": str(self.status),
            "@type": "Error",
        }


class InvalidRequestError(SimulatorError):
    code = "invalidRequest"
    status = 400


class UnauthorizedError(SimulatorError):
    code = "unauthorized"
    status = 401

    def __init__(self) -> None:
        super().__init__("a valid bearer token is required")
        self.headers = {"WWW-Authenticate": "Bearer"}


class OAuthError(SimulatorError):
    """An error of the token endpoint (RFC 6749, section 5.2)."""

    def document(self) -> dict[str, str]:
        return {"error": self.code, "error_description": str(self)}


class InvalidClientError(OAuthError):
    code = "invalid_client"
    status = 401

    def __init__(self) -> None:
        super().__init__("the client's id or secret is wrong")
        self.headers = {"WWW-Authenticate": "Basic"}


class UnsupportedGrantError(OAuthError):
    code = "unsupported_grant_type"
    status = 400

    def __init__(self) -> None:
        super().__init__("only client_credentials are supported")


class NotFoundError(SimulatorError):
    code = "notFound"
    status = 404


class NotAcceptableError(SimulatorError):
    code = "notAcceptable"
    status = 406

    def __init__(self, produced: str) -> None:
        super().__init__(f"the response is {produced}")


class PreconditionFailedError(SimulatorError):
    code = "preconditionFailed"
    status = 412


class UnsupportedMediaTypeError(SimulatorError):
    """`Accept-Post` and `Accept-Patch` say what can be read."""

    code = "unsupportedMediaType"
    status = 415

    def __init__(self, method: str, readable: Sequence[str]) -> None:
        super().__init__(f"the body must be {' or '.join(readable)}")
        self.headers = {f"Accept-{method.title()}": ", ".join(readable)}


class DuplicateError(SimulatorError):
    code = "duplicate"
    status = 409


class OrderClosedError(SimulatorError):
    """The order has reached a final state."""

    code = "orderClosed"
    status = 409


class IllegalTransitionError(SimulatorError):
    code = "illegalTransition"
    status = 409


class RetryLaterError(SimulatorError):
    """`retry_after` is in seconds."""

    def __init__(self, retry_after: int) -> None:
        super().__init__(f"try again in {retry_after} s")
        self.headers = {"Retry-After": str(retry_after)}


class ThrottledError(RetryLaterError):
    code = "tooManyRequests"
    status = 429


class UnavailableError(RetryLaterError):
    code = "serviceUnavailable"
    status = 503
