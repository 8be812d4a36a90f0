"""Each kind of trouble in plain words: what is wrong, what happens by itself, and what may be done about it."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from types import MappingProxyType
from typing import Any

from api.attention.schemas import LABELS, Problem, ProblemKind
from api.attention.temporal_problems import FailingTask, Retrying
from models.db.problems import DeliveryBacklog, ProblemOrder
from models.lifecycle import Action
from policies.recovery import RecoveryAction, WorkflowHealth, recovery_actions

GONE: Mapping[WorkflowHealth, str] = MappingProxyType(
    {
        WorkflowHealth.MISSING: "Temporal knows nothing of this order's workflow.",
        WorkflowHealth.TERMINATED: "Somebody terminated this order's workflow in Temporal.",
        WorkflowHealth.FAILED: "This order's workflow ended with an error.",
        WorkflowHealth.TIMED_OUT: "This order's workflow ran out of time.",
        WorkflowHealth.CANCELED: "This order's workflow was canceled in Temporal and has ended; the order has not.",
        WorkflowHealth.COMPLETED: "This order's workflow came to its end, and the database does not know it.",
    }
)


def held_up(pipes: DeliveryBacklog, problem: str | None, *, late: datetime, at: datetime) -> Iterator[Problem]:
    """What stops messages and mails on their way out; it concerns every order, so it comes first."""
    if problem is not None:
        said = "Without Temporal only what the database knows is shown here."
        yield _line(
            ProblemKind.DELIVERY,
            at,
            said,
            detail=problem,
            next="Orders are taken and wait; they go on when it is back.",
        )
    if not pipes.relays:
        said = "No relay is listening: no worker process is connected to the database."
        yield _line(ProblemKind.DELIVERY, at, said, next="Nothing, until a worker is started.")
    if pipes.oldest_message is not None and pipes.oldest_message < late:
        said = f"{_many(pipes.messages, 'message')} to workflows could not be delivered yet."
        yield _line(
            ProblemKind.DELIVERY, pipes.oldest_message, said, next="The relay tries again, at least every 45 seconds."
        )
    if pipes.oldest_mail is not None and pipes.oldest_mail < late:
        said = f"{_many(pipes.mails, 'mail')} could not be sent yet."
        yield _line(
            ProblemKind.DELIVERY, pipes.oldest_mail, said, next="Tried again for about half a day, then given up."
        )


def lost(one: ProblemOrder) -> Problem:
    """An order whose workflow is gone."""
    finding = WorkflowHealth(one.about["finding"])
    return _of_order(
        ProblemKind.LOST,
        one,
        GONE[finding],
        next="Nothing: there is no workflow to carry it on.",
        does=recovery_actions(finding, one.seq),
    )


def failed(one: ProblemOrder) -> Problem:
    """An order that waits for an operator."""
    times, step = one.about["times"] or 1, one.about["step"] or "it was at"
    said = f"The step {step.lower().replace('_', ' ')} is out of retries"
    said += f", for the {_nth(times)} time." if times > 1 else "."
    return _of_order(
        ProblemKind.FAILED,
        one,
        said,
        detail=one.about["error"],
        next="Nothing, until somebody retries the step, completes it by hand or cancels. Its lines stay locked.",
        does=[Action.RETRY, Action.COMPLETE_MANUALLY, Action.CANCEL],
    )


def not_resumed(one: ProblemOrder) -> Problem:
    """A line whose suspension was to end, by the order that suspended it."""
    return _of_order(
        ProblemKind.NOT_RESUMED,
        one,
        "The line it suspended was to work again by now; the carrier has not resumed it.",
        detail=one.about["error"],
        next="Nothing, until the carrier resumes it after all or its limit comes.",
        does=[RecoveryAction.ASK_CARRIER, RecoveryAction.LINE_RESUMED],
        subject=one.about["line_id"],
    )


def raising(found: FailingTask, one: ProblemOrder | None, order_id: str) -> Problem:
    """An order whose workflow's code raises."""
    said = f"The code of this order's workflow has raised {found.attempts} times in a row."
    told = "Temporal runs it again, ever more seldom; the order goes on with a release that mends the code."
    return _of_engine(ProblemKind.ENGINE, found.since, one, order_id, said, next=told)


def retrying(found: Retrying, one: ProblemOrder | None, order_id: str) -> Problem:
    """An order with an activity that failed and is tried again."""
    of = f" of {found.most_attempts}" if found.most_attempts else ""
    said = f"The activity {found.activity} has failed; this is attempt {found.attempts}{of}."
    told = "Tried again, till it works" + ("; after the last attempt the order is FAILED." if of else ".")
    since = one.since if one else found.since
    more = {"detail": found.failure, "again_at": found.again_at, "next": told}
    return _of_engine(ProblemKind.RETRYING, since, one, order_id, said, **more)


def behind(one: ProblemOrder) -> Problem:
    """An order whose workflow is ahead of the database."""
    said = f"The workflow is at entry {one.about['answered']}, the database at {one.seq}."
    told = "Written as soon as a worker reaches the database; nothing is lost."
    return _of_order(ProblemKind.BEHIND, one, said, next=told)


def idle(one: ProblemOrder) -> Problem:
    """An order that should have gone on."""
    due = one.about["due_at"]
    said = (
        "It was to go on by itself at this moment and has not."
        if due
        else "Dialtone has the next step, and nothing happens."
    )
    told = "Nothing that is known of. The history shows what it waits for."
    return _of_order(ProblemKind.IDLE, one, said, next=told).model_copy(update={"since": due or one.since})


def dead(one: ProblemOrder) -> Problem:
    """A message or a mail that was given up."""
    about = one.about
    name = about["name"].replace("_", " ")
    if about["what"] == "message":
        kind, does = ProblemKind.DEAD_MESSAGE, RecoveryAction.REDELIVER_MESSAGE
        message = "The message that starts its workflow" if about["to"] == "start" else f"The message “{name}”"
        said = f"{message} can never be delivered as it is."
        told = "Nothing. Deliver it again once the cause is mended."
    else:
        kind, does = ProblemKind.DEAD_MAIL, RecoveryAction.REDELIVER_MAIL
        said = f"The mail “{name}” to {about['to']} was given up after {_many(about['attempts'], 'attempt')}."
        told = "Nothing. Whoever was to decide still finds the order among the approvals."
    return _of_order(kind, one, said, detail=about["error"], next=told, does=[does], subject=about["id"])


def _line(kind: ProblemKind, since: datetime, what: str, **more: Any) -> Problem:
    return Problem(kind=kind, label=LABELS[kind], since=since, what=what, **more)


def _of_order(kind: ProblemKind, one: ProblemOrder, what: str, *, does: Sequence[str] = (), **more: Any) -> Problem:
    order = {"order": one.number, "title": one.title, "status": one.status}
    return _line(kind, one.since, what, remedies=tuple(map(str, does)), **order, **more)


def _of_engine(
    kind: ProblemKind, since: datetime, one: ProblemOrder | None, order_id: str, what: str, **more: Any
) -> Problem:
    """An order that only Temporal may know to be in trouble."""
    if one is None:
        return _line(kind, since, what, order=order_id, **more)
    return _line(kind, since, what, order=one.number, title=one.title, status=one.status, **more)


def _many(count: int, what: str) -> str:
    return f"{count} {what}" if count == 1 else f"{count} {what}s"


def _nth(number: int) -> str:
    return {2: "second", 3: "third"}.get(number, f"{number}th")
