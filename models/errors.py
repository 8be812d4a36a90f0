"""The public errors, whose class name in capitals is the error code, and that of the database."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar


@dataclass(frozen=True, kw_only=True)
class FieldError:
    """One error in one answer.

    `field` is a dotted path into the request (`items.2.device`), `code` a stable machine code. `facts` are pairs of
    name and value, such as amounts, for programs that would otherwise have to read the sentence.
    """

    code: str
    field: str | None
    detail: str
    facts: tuple[tuple[str, str], ...] = ()


class PublicError(Exception):
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
        """The public code: `ActionNotAllowed` has `ACTION_NOT_ALLOWED`."""
        return _code_of(type(self))


class InvalidRequest(PublicError):
    """The request does not match the API contract."""

    status = 422


class OrderRejected(PublicError):
    """The answers or the rules do not allow this order; `errors` has each reason."""

    status = 422


class LineLimitExceeded(PublicError):
    """The order has more items than the policy allows."""

    status = 422


class NotSignedIn(PublicError):
    """There is no bearer token or session, or it is not valid."""

    status = 401


class CredentialsRejected(PublicError):
    """The email and password, or the code, are wrong; the error never says which."""

    status = 401


class TooManyAttempts(PublicError):
    """Too many failed attempts; further ones are not checked for `retry_after_seconds`."""

    status = 429

    def __init__(self, detail: str, *, retry_after_seconds: float = 60) -> None:
        super().__init__(detail)
        self.retry_after_seconds = retry_after_seconds


class StepUpRequired(PublicError):
    """The action requires a recent second factor; `facts["step_up"]` is the page that asks for it."""

    status = 403


class PasswordTooWeak(PublicError):
    """The password is too short, too common, or too close to the person's own data."""

    status = 422


class NotAuthorized(PublicError):
    """The person lacks the right to do this."""

    status = 403


class NotFound(PublicError):
    """What was asked for does not exist, or the person has no right to see it: without a detail, both read the same."""

    status = 404

    def __init__(self, detail: str = "Not found, or you don't have access.", *, field: str | None = None) -> None:
        super().__init__(detail, field=field)


class ActionNotAllowed(PublicError):
    """The current state does not allow this action."""


class TooManyStreams(PublicError):
    """The person has the maximum number of live event streams open."""

    status = 429


class NotYourDecision(PublicError):
    """The order waits for a decision by other people."""

    status = 403


class AlreadyDecided(PublicError):
    """A decision is already recorded for this approver, round and stage."""


class OrderClosed(PublicError):
    """The order has ended and takes no more actions."""


class TooLateToCancel(PublicError):
    """The cancellation window of the order type has passed."""


class TextRequired(PublicError):
    """This action requires a text, such as a reason, a question or an answer."""

    status = 422


class LineHasOpenOrder(PublicError):
    """Another open order changes the same aspect of this line."""


class DeviceReserved(PublicError):
    """Another open order is about this device, or moves it."""


class IdempotencyKeyReused(PublicError):
    """The Idempotency-Key was used before with a different body."""


class DraftExists(PublicError):
    """The person has a draft of the same order type, which this would replace."""


class RuleExists(PublicError):
    """The same rule of a carrier is the newest one already; `facts["rule"]` is its id."""


class ImportStale(PublicError):
    """What an import would do has changed since it was shown; `facts["import"]` is its number, which shows it anew."""


class StillUsed(PublicError):
    """Something else depends on what should be deleted; `detail` says what."""


class EditConflict(PublicError):
    """The resource has changed since it was read: If-Match does not match."""

    status = 412


class LinkNotValid(PublicError):
    """The link is unknown, forged, expired, used or revoked; `detail` says which where that is safe."""

    status = 410


class SignatureInvalid(PublicError):
    """The signature of a webhook does not verify."""

    status = 401


class CarrierDeclined(PublicError):
    """The carrier rejected the request for business reasons: repeating it does not help.

    `needs` are the questions with other answers to which it may help, by code, as the carrier's adapter judges.
    """

    def __init__(self, detail: str, *, facts: Mapping[str, str] | None = None, needs: Sequence[str] = ()) -> None:
        super().__init__(detail, facts=facts)
        self.needs = tuple(needs)


class CarrierUnavailable(PublicError):
    """The carrier did not respond, or responded that it is unavailable."""

    status = 503

    def __init__(self, detail: str, *, retry_after_seconds: float | None = None, nothing_done: bool = False) -> None:
        """`nothing_done`: the carrier certainly did not act on the request. Otherwise that is unknown."""
        super().__init__(detail)
        self.retry_after_seconds = retry_after_seconds
        self.nothing_done = nothing_done


class DatabaseUnavailable(Exception):
    """The database did not respond, or ended the transaction: the same request can succeed later.

    It is no PublicError: it says nothing about the request, so no form or list shows it as the request's own error.
    """


class QueryTimeout(DatabaseUnavailable):
    """The database stopped a statement, because it took too long or waited too long for another transaction."""


class EngineUnavailable(PublicError):
    """Temporal does not respond, and this cannot be done without it."""

    status = 503


def is_public_code(code: str | None) -> bool:
    return any(_code_of(kind) == code for kind in PublicError.__subclasses__())


def error_from_code(code: str | None, detail: str | None) -> PublicError:
    """Rebuild the error a workflow raised from the code and detail that Temporal returned."""
    for kind in PublicError.__subclasses__():
        if _code_of(kind) == code:
            return kind(detail or "")
    return ActionNotAllowed(detail or "This isn't possible in the order's current status.")


def _code_of(kind: type[PublicError]) -> str:
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", kind.__name__).upper()
