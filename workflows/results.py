"""What updates and activities return, and how they fail."""

from dataclasses import dataclass

from temporalio.exceptions import ActivityError, ApplicationError, RetryState

from activities.history import NUMBER_TAKEN
from activities.withdrawn_completions import COMPLETION_WITHDRAWN
from models.errors import CarrierDeclined, PublicError
from models.identifiers import IDENTIFIER_IN_USE, IDENTIFIER_MISSING, IDENTIFIER_NOT_ACCEPTED, Remedy
from models.task_action import NOT_POSSIBLE
from workflows.activity_options import MAX_TRIES


@dataclass(frozen=True, kw_only=True)
class UpdateResult:
    """The answer to an accepted update: the workflow's status and latest event number after it."""

    status: str
    seq: int


def rejection(error: PublicError) -> ApplicationError:
    """The failure of an update or signal; its type is the error's public code."""
    return ApplicationError(error.detail, error.facts, type=error.code, non_retryable=True)


def declined_by_carrier(error: ActivityError) -> CarrierDeclined | None:
    """The error of a request the carrier declined, with its code in `facts`, if that is why the activity failed."""
    cause = error.cause
    if not isinstance(cause, ApplicationError) or cause.type != "CARRIER_DECLINED":
        return None
    code, detail, needs = cause.details
    return CarrierDeclined(detail, facts={"code": code}, needs=needs)


def number_taken(error: ActivityError) -> tuple[int, int] | None:
    """The number that another event has and the last number that is recorded, if that is why the activity failed."""
    cause = error.cause
    if not isinstance(cause, ApplicationError) or cause.type != NUMBER_TAKEN:
        return None
    taken, last = cause.details
    return taken, last


def tries_of(error: ActivityError) -> int:
    """How often the activity was tried: a carrier's error says it, else Temporal's reason to give up."""
    cause = error.cause
    if isinstance(cause, ApplicationError) and cause.type == "CARRIER_UNAVAILABLE" and cause.details:
        return int(cause.details[0])
    return MAX_TRIES if error.retry_state is RetryState.MAXIMUM_ATTEMPTS_REACHED else 1


@dataclass(frozen=True, kw_only=True)
class IdentifierProblem:
    """Which identifier is missing or in use, and what a person can decide about it.

    `is_missing`: the carrier has not reported it. `is_to_accept`: it is another one than before. `sentence` says what
    is wrong, `gives_up` what taking it over does to what has it.
    """

    identifier: str
    sentence: str
    is_missing: bool = False
    is_to_accept: bool = False
    remedies: tuple[Remedy, ...] = (Remedy.CORRECT,)
    gives_up: str = ""


_IDENTIFIER_ERRORS = frozenset({IDENTIFIER_MISSING, IDENTIFIER_IN_USE, IDENTIFIER_NOT_ACCEPTED})


def identifier_problem(error: ActivityError) -> IdentifierProblem | None:
    """What is wrong with an identifier, if that is why the activity failed."""
    cause = error.cause
    if not isinstance(cause, ApplicationError) or cause.type not in _IDENTIFIER_ERRORS:
        return None
    if cause.type == IDENTIFIER_NOT_ACCEPTED:
        return IdentifierProblem(identifier=cause.details[0], sentence=cause.message, is_to_accept=True, remedies=())
    if cause.type == IDENTIFIER_MISSING:
        return IdentifierProblem(identifier=cause.details[0], sentence=cause.message, is_missing=True)
    name, remedies, gives_up = cause.details
    return IdentifierProblem(
        identifier=name, sentence=cause.message, remedies=tuple(map(Remedy, remedies)), gives_up=gives_up
    )


def withdrawn_as(error: ActivityError) -> tuple[int, str] | None:
    """The number of an item, and as what the carrier has reported it after "completed", if the activity failed so."""
    cause = error.cause
    if not isinstance(cause, ApplicationError) or cause.type != COMPLETION_WITHDRAWN:
        return None
    number, reported = cause.details
    return number, reported


def refusal_of(error: ActivityError) -> str | None:
    """A sentence that says why it can't be done, if the activity says so; another try would end the same way."""
    problem = identifier_problem(error)
    if problem is not None:
        return problem.sentence
    cause = error.cause
    return cause.message if isinstance(cause, ApplicationError) and cause.type == NOT_POSSIBLE else None


def failure_reason(error: ActivityError) -> str:
    """The type and message of what made an activity fail."""
    cause = error.cause or error
    # An application error includes its own type.
    return str(cause) if isinstance(cause, ApplicationError) else f"{type(cause).__name__}: {cause}"
