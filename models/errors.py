"""The public errors; the class name in capitals is the error code."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar


@dataclass(frozen=True, kw_only=True)
class FieldError:
    """One error in one answer.

    `field` is a dotted path into the request (`items.2.device`), `code` a stable machine code.
    """

    code: str
    field: str | None
    detail: str


class OrderError(Exception):
    """Base of the public errors. `status` is the HTTP status; `facts` go into the response body beside `detail`."""

    status: ClassVar[int] = 409

    def __init__(
        self,
        detail: str,
        *,
        field: str | None = None,
        errors: Sequence[FieldError] = (),
        facts: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(detail)
        self.detail = detail
        self.field = field
        self.errors = tuple(errors)
        self.facts = dict(facts or {})

    @property
    def code(self) -> str:
        """The public code: `IllegalTransition` has `ILLEGAL_TRANSITION`."""
        return _code_of(type(self))


class InvalidRequest(OrderError):
    """The request does not match the API contract."""

    status = 422


class OrderRefused(OrderError):
    """The answers or the rules do not allow this order; `errors` has each reason."""

    status = 422


class LineLimitExceeded(OrderError):
    """The order has more items than the policy allows."""

    status = 422


class NotSignedIn(OrderError):
    """There is no bearer token or session, or it is not valid."""

    status = 401


class CredentialsRefused(OrderError):
    """The email and password, or the code, are wrong; the error never says which."""

    status = 401


class TooManyAttempts(OrderError):
    """Too many failed attempts; further ones are not checked for `retry_after_seconds`."""

    status = 429

    def __init__(self, detail: str, *, retry_after_seconds: float = 60) -> None:
        super().__init__(detail)
        self.retry_after_seconds = retry_after_seconds


class StepUpRequired(OrderError):
    """The action requires a recent second factor; `facts["step_up"]` is the page that asks for it."""

    status = 403


class PasswordTooWeak(OrderError):
    """The password is too short, too common, or too close to the person's own data."""

    status = 422


class NotAuthorized(OrderError):
    """The person lacks the right to do this."""

    status = 403


class NotFound(OrderError):
    """The thing does not exist, or the person has no right to see it."""

    status = 404


class IllegalTransition(OrderError):
    """The status of the order does not allow this action."""


class TooManyStreams(OrderError):
    """The person has the maximum number of live event streams open."""

    status = 429


class NotYourDecision(OrderError):
    """The order waits for a decision by other people."""

    status = 403


class AlreadyDecided(OrderError):
    """A decision is already recorded for this approver, round and stage."""


class OrderClosed(OrderError):
    """The order has ended and takes no more actions."""


class TooLateToCancel(OrderError):
    """The cancellation window of the order type has passed."""


class ReasonRequired(OrderError):
    """This action requires a reason."""

    status = 422


class LineHasOpenOrder(OrderError):
    """Another open order changes the same aspect of this line."""


class IdempotencyKeyReused(OrderError):
    """The Idempotency-Key was used before with a different body."""


class EditConflict(OrderError):
    """The thing has changed since it was read: If-Match does not match."""

    status = 412


class LinkNotValid(OrderError):
    """The link is unknown, forged, expired, used or revoked; `detail` says which where that is safe."""

    status = 410


class SignatureInvalid(OrderError):
    """The signature of a webhook does not verify."""

    status = 401


class CarrierRefused(OrderError):
    """The carrier rejected the request for business reasons: repeating it does not help."""


class CarrierUnavailable(OrderError):
    """The carrier did not respond, or responded that it is unavailable."""

    status = 503

    def __init__(self, detail: str, *, retry_after_seconds: float | None = None) -> None:
        super().__init__(detail)
        self.retry_after_seconds = retry_after_seconds


class EngineUnavailable(OrderError):
    """Temporal does not respond, and this cannot be done without it."""

    status = 503


def error_from_code(code: str | None, detail: str | None) -> OrderError:
    """Rebuild the error a workflow raised from the code and detail that Temporal returned."""
    for kind in OrderError.__subclasses__():
        if _code_of(kind) == code:
            return kind(detail or "")
    return IllegalTransition(detail or "This isn't possible in the order's current status.")


def _code_of(kind: type[OrderError]) -> str:
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", kind.__name__).upper()
