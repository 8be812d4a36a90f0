"""Every way Dialtone says no; the class name, in capitals, is the public error code."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar


@dataclass(frozen=True, kw_only=True)
class FieldError:
    """One thing wrong with one answer.

    `field` is a dotted path into the request (`items.2.device`), `code` a stable machine code.
    """

    code: str
    field: str | None
    detail: str


class OrderError(Exception):
    """Base of all refusals. `status` is the HTTP status the edge answers with."""

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
        """The stable public code: `IllegalTransition` reads `ILLEGAL_TRANSITION`."""
        return _code_of(type(self))


class InvalidRequest(OrderError):
    """The request is not of the form the contract asks for."""

    status = 422


class OrderRefused(OrderError):
    """The answers or the rules do not allow this order; `errors` names each reason."""

    status = 422


class LineLimitExceeded(OrderError):
    """More items than one interactive order may hold."""

    status = 422


class NotSignedIn(OrderError):
    """No bearer token or session, or one that is not valid (any more)."""

    status = 401


class CredentialsRefused(OrderError):
    """User name and password, or the code, are not right; which of them is never said."""

    status = 401


class TooManyAttempts(OrderError):
    """So many tries failed that no other is looked at for a while."""

    status = 429

    def __init__(self, detail: str, *, retry_after_seconds: float = 60) -> None:
        super().__init__(detail)
        self.retry_after_seconds = retry_after_seconds


class StepUpRequired(OrderError):
    """This takes a second factor given just now; `facts` say where one gives it."""

    status = 403


class PasswordTooWeak(OrderError):
    """A password that is too short, too common or too close to the person's own words."""

    status = 422


class NotAuthorized(OrderError):
    """This person may not do this."""

    status = 403


class NotFound(OrderError):
    """There is no such thing, or it belongs to somebody else."""

    status = 404


class IllegalTransition(OrderError):
    """The order's status does not allow this action."""


class TooManyStreams(OrderError):
    """The person follows as many orders live as one may at a time."""

    status = 429


class NotYourDecision(OrderError):
    """The order waits for a decision, but not for this person's."""

    status = 403


class AlreadyDecided(OrderError):
    """A decision is already recorded for this approver, round and stage."""


class OrderClosed(OrderError):
    """The order has ended; nothing can be done to it any more."""


class TooLateToCancel(OrderError):
    """The cancellation window of this order type has passed."""


class ReasonRequired(OrderError):
    """This action needs a reason in words."""

    status = 422


class LineHasOpenOrder(OrderError):
    """Another open order changes the same aspect of this line."""


class IdempotencyKeyReused(OrderError):
    """The same Idempotency-Key came with another body."""


class EditConflict(OrderError):
    """The thing was changed since it was read (If-Match does not match)."""

    status = 412


class LinkNotValid(OrderError):
    """The link is unknown, forged, expired, used or revoked; `detail` says which where that is safe."""

    status = 410


class SignatureInvalid(OrderError):
    """A webhook whose signature does not verify."""

    status = 401


class CarrierRefused(OrderError):
    """A business refusal by the carrier: repeating the same call will not help."""


class CarrierUnavailable(OrderError):
    """The carrier did not answer, or answered that it cannot work now."""

    status = 503

    def __init__(self, detail: str, *, retry_after_seconds: float | None = None) -> None:
        super().__init__(detail)
        self.retry_after_seconds = retry_after_seconds


class EngineUnavailable(OrderError):
    """Temporal does not answer, and without it this cannot be done."""

    status = 503


def refusal(code: str | None, detail: str | None) -> OrderError:
    """The error a workflow refused with, from the code and the sentence that came back."""
    for kind in OrderError.__subclasses__():
        if _code_of(kind) == code:
            return kind(detail or "")
    return IllegalTransition(detail or "The order's status does not allow this.")


def _code_of(kind: type[OrderError]) -> str:
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", kind.__name__).upper()
