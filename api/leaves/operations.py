"""Reads, starts, answers and cancels the leaves of people."""

from collections.abc import Collection, Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import date

from api.deps import Access, Services
from api.http.paging import CursorPage, cut_page, decode_cursor
from api.leaves import checklist, starting
from api.leaves.schemas import (
    LeaveChoiceIn,
    LeaveChoicesIn,
    LeaveIn,
    LeaveItemView,
    LeaveQuery,
    LeaveSummary,
    LeaveView,
)
from api.orders.schemas import PersonView
from models.audit import AuditAction
from models.db.catalog import policy_versions
from models.db.leaves import leaves
from models.db.leaves.tables import LeaveRow
from models.db.people import directory, lookup
from models.db.people.tables import PersonRow
from models.db.session import Session
from models.errors import ActionNotAllowed, FieldError, InvalidRequest, NotAuthorized, NotFound
from models.facts import Person
from models.leave import LeaveState, LeaveThing
from models.leave_choice import leave_choice
from models.questions.termination import DEVICE_GOES
from models.registry import UnknownWordError
from outbox import handovers
from policies.access import Right
from policies.deadlines import local_day

_LIST = "leaves"


async def list_open(services: Services, access: Access, query: LeaveQuery) -> CursorPage[LeaveSummary]:
    """A page of those of people whom the caller can see, the earliest first."""
    after, scope = decode_cursor(query.cursor, _LIST), access.for_right(Right.LEAVE_READ).scope
    async with services.database.read() as session:
        found = await leaves.open_ones(session, access.person, relations=scope, after=after, limit=query.limit + 1)
    return cut_page([_summary(*one) for one in found], query.limit, _LIST)


def _summary(row: LeaveRow, person: PersonRow) -> LeaveSummary:
    whom = PersonView.model_validate(person)
    return LeaveSummary(id=row.id, person=whom, last_day=person.leaves_on, immediate=row.immediate)


async def read(services: Services, access: Access, person_id: str) -> LeaveView:
    """Raises NotFound."""
    async with services.database.read() as session:
        await _find(session, access, person_id)
        return await _view(session, services, access, person_id)


@dataclass(frozen=True, kw_only=True)
class LeaveActions:
    """What someone can do with the leave of a person."""

    start: bool
    name_successor: bool
    choose: bool
    cancel: bool


async def find_for(services: Services, access: Access, person_id: str) -> tuple[Person, LeaveActions]:
    """A person, and what the caller can do with their leave. Raises NotFound."""
    async with services.database.read() as session:
        person, relations = await directory.find_person(session, access.person, person_id)
    access.check(relations)
    rights = (Right.LEAVE_START, Right.LEAVE_CHOOSE, Right.LEAVE_CANCEL)
    start, choose, cancel = (access.is_allowed(right, relations) for right in rights)
    start = start and person.active
    name_successor = start and access.is_allowed(Right.PERSON_CHANGE)
    return person, LeaveActions(start=start, name_successor=name_successor, choose=choose, cancel=cancel)


async def can_start_any(services: Services, access: Access) -> bool:
    """Whether there is a person whose leave the caller can start."""
    relations = access.for_right(Right.LEAVE_START).scope
    async with services.database.read() as session:
        return await directory.sees_another(session, access.person, access.person.id, relations=relations)


async def find_named(services: Services, access: Access, text: str) -> Person:
    """The one whose leave the caller can start with this name or email address. Raises InvalidRequest."""
    return await _named(services, access.for_right(Right.LEAVE_START), text, field="name")


async def find_successor(services: Services, access: Access, person_id: str, text: str) -> str | None:
    """The id of the one with this name or email address; None for no text. Raises InvalidRequest.

    The name of the present successor is theirs, also if others have it.
    """
    if not text.strip():
        return None
    async with services.database.read() as session:
        person = await lookup.row_by_id(session, access.person.tenant, person_id)
        present = await lookup.row_by_id(session, person.tenant, person.successor_id or "") if person else None
    if present and text == present.name:
        return present.id
    return (await _named(services, access.for_right(Right.PERSON_READ), text, field="successor_id")).id


async def named_choices(services: Services, access: Access, fields: Mapping[str, str]) -> list[dict[str, str | None]]:
    """The choices of the fields of a form, in which people are named. Raises InvalidRequest."""
    wanted: list[dict[str, str | None]] = []
    for name, choice in fields.items():
        thing, _, thing_id = name.partition(".")
        if thing not in set(LeaveThing) or not choice:
            continue
        named = fields.get(f"to.{thing_id}", "").strip() if _is_handed_over(choice) else ""
        readers = access.for_right(Right.PERSON_READ)
        to = await _named(services, readers, named, field=f"choices.{thing_id}") if named else None
        wanted.append({"thing": thing, "id": thing_id, "choice": choice, "to_id": to.id if to else None})
    return wanted


async def _named(services: Services, access: Access, text: str, *, field: str) -> Person:
    async with services.database.read() as session:
        found = await directory.named(session, access.person, text.strip(), relations=access.scope, limit=2)
    if not found:
        raise InvalidRequest("No one has this name or email address.", field=field)
    if len(found) > 1:
        raise InvalidRequest("Several people have this name. Enter the email address.", field=field)
    return found[0]


async def start(services: Services, access: Access, person_id: str, body: LeaveIn) -> LeaveView:
    """Idempotent. Raises NotFound, NotAuthorized, InvalidRequest, ActionNotAllowed."""
    return await services.database.run(_start, services, access, person_id, body)


async def _start(session: Session, services: Services, access: Access, person_id: str, body: LeaveIn) -> LeaveView:
    person, at = await _find(session, access, person_id), services.now()
    last_day = _last_day(body, local_day(await policy_versions.newest(session, person.tenant), at))
    known, latest = (
        await lookup.row_of(session, person.tenant, person.id),
        await leaves.latest(session, person.tenant, person.id),
    )
    is_open = latest is not None and latest.state == LeaveState.OPEN
    names_another = "successor_id" in body.model_fields_set and body.successor_id != known.successor_id
    if names_another:
        await _check_successor(session, access, known, body.successor_id, last_day)
    by = access.audit_actor
    if not (latest and is_open and (known.leaves_on, latest.immediate) == (last_day, body.immediate)):
        await starting.start(session, known, last_day, immediate=body.immediate, by=by, at=at)
    if names_another:
        await starting.name_successor(session, known, body.successor_id, by=by, at=at)
    return await _view(session, services, access, person.id)


async def choose(services: Services, access: Access, person_id: str, body: LeaveChoicesIn) -> LeaveView:
    """All of it or nothing. Raises NotFound, NotAuthorized, InvalidRequest, ActionNotAllowed."""
    return await services.database.run(_choose, services, access, person_id, body)


async def _choose(
    session: Session, services: Services, access: Access, person_id: str, body: LeaveChoicesIn
) -> LeaveView:
    person = await _find(session, access, person_id)
    row = await _open(session, person)
    shown = (await _view(session, services, access, person.id)).items
    items = {(one.thing, one.id): one for one in shown}
    errors = [error for one in body.choices for error in await _wrong(session, access, person, items, one)]
    errors = errors or _untold_devices(shown, body.choices)
    if errors:
        raise InvalidRequest(errors[0].detail, field=errors[0].field, errors=errors)
    at, known = services.now(), await lookup.row_of(session, person.tenant, person.id)
    for one in body.choices:
        item = await leaves.item(session, row, one.thing, one.id)
        if (item.choice, item.to_id) == (one.choice, one.to_id):
            continue
        item.choice, item.to_id, item.problem = one.choice, one.to_id, None
        item.chosen_by, item.chosen_at = access.person.id, at
        name = items[one.thing, one.id].name
        detail = {"of": name, "choice": one.choice, "to_id": one.to_id}
        await starting.record(session, known, AuditAction.LEAVE_CHOSEN, by=access.audit_actor, at=at, **detail)
    row.next_at = at
    return await _view(session, services, access, person.id)


async def cancel(services: Services, access: Access, person_id: str) -> LeaveView:
    """Raises NotFound, NotAuthorized, ActionNotAllowed."""
    return await services.database.run(_cancel, services, access, person_id)


async def _cancel(session: Session, services: Services, access: Access, person_id: str) -> LeaveView:
    person = await _find(session, access, person_id)
    row, known = await _open(session, person), await lookup.row_of(session, person.tenant, person.id)
    await starting.cancel(session, known, row, by=access.audit_actor, at=services.now())
    return await _view(session, services, access, person.id)


async def _find(session: Session, access: Access, person_id: str) -> Person:
    person, relations = await directory.find_person(session, access.person, person_id)
    access.check(relations)
    return person


async def _open(session: Session, person: Person) -> LeaveRow:
    row = await leaves.lock_open(session, person.tenant, person.id)
    if row is None:
        raise ActionNotAllowed(f"{person.name} isn't leaving. Start the checklist first.")
    return row


async def _view(session: Session, services: Services, access: Access, person_id: str) -> LeaveView:
    row = await leaves.latest(session, access.person.tenant, person_id)
    if row is None:
        raise NotFound("This person isn't leaving.")
    relations = access.for_right(Right.PERSON_READ).scope
    others = await directory.sees_another(session, access.person, person_id, relations=relations)
    return await checklist.view(session, services.order_types.values(), row, can_hand_over=others)


async def _check_successor(
    session: Session, access: Access, leaver: PersonRow, successor_id: str | None, last_day: date
) -> None:
    """What someone owns is given away by admins. Raises NotAuthorized, InvalidRequest."""
    if not access.is_allowed(Right.PERSON_CHANGE):
        raise NotAuthorized("Only an admin can name a successor.")
    if successor_id is None:
        return
    row = await lookup.row_by_id(session, leaver.tenant, successor_id)
    problem = handovers.problem(row, leaver.id, last_day) if row else "No one has this ID."
    if problem:
        raise InvalidRequest(problem, field="successor_id")


def _is_handed_over(choice: str) -> bool:
    with suppress(UnknownWordError):
        return leave_choice(choice).to_person
    return False


def _last_day(body: LeaveIn, today: date) -> date:
    if body.immediate:
        if body.last_day not in {None, today}:
            raise InvalidRequest("Someone who has to go at once has no later last day.", field="last_day")
        return today
    if body.last_day is None:
        raise InvalidRequest("Enter the last day.", field="last_day")
    if body.last_day < today:
        raise InvalidRequest(
            "The last day can't be in the past. Let the person leave at once instead.", field="last_day"
        )
    return body.last_day


async def _wrong(
    session: Session, access: Access, person: Person, items: dict[tuple[LeaveThing, str], LeaveItemView],
    wanted: LeaveChoiceIn,
) -> list[FieldError]:  # fmt: skip
    item = items.get((wanted.thing, wanted.id))
    if item is None:
        return [_error(wanted, f"{person.name} doesn't have this {wanted.thing}.")]
    if item.order and (item.choice, item.to and item.to.id) != (wanted.choice, wanted.to_id):
        return [_error(wanted, f"{item.name}: order {item.order.number} was placed already.")]
    option = next((one for one in item.options if one.code == wanted.choice), None)
    if wanted.choice is not None and option is None:
        return [_error(wanted, f"{item.name}: choose one of {', '.join(one.code for one in item.options)}.")]
    if not (option and option.to_person):
        return [_error(wanted, f"{item.name}: no one takes this over.")] if wanted.to_id else []
    return await _wrong_receiver(session, access, person, item, wanted)


async def _wrong_receiver(
    session: Session, access: Access, person: Person, item: LeaveItemView, wanted: LeaveChoiceIn
) -> list[FieldError]:
    """Who is not seen doesn't exist."""
    try:
        receiver, relations = await directory.find_person(session, access.person, wanted.to_id or "")
        seen = access.is_allowed(Right.PERSON_READ, relations)
    except NotFound:
        seen = False
    if not seen or not receiver.active or receiver.id == person.id:
        return [_error(wanted, f"{item.name}: choose another active employee who takes it over.")]
    return []


def _untold_devices(items: Iterable[LeaveItemView], wanted: Collection[LeaveChoiceIn]) -> list[FieldError]:
    """A line that ends gives up its device, so someone has to say where it goes."""
    choices = {(one.thing, one.id): one.choice for one in items} | {(one.thing, one.id): one.choice for one in wanted}
    items = list(items)
    numbers = {one.name: one for one in items if one.thing is LeaveThing.LINE}
    errors = []
    for device in items:
        line = numbers.get(device.on_line or "")
        chosen = choices[line.thing, line.id] if line else None
        if line is None or chosen is None:
            continue
        ends, device_choice = leave_choice(chosen).effect == "terminate_line", choices[device.thing, device.id]
        fits = device_choice and DEVICE_GOES.of(leave_choice(device_choice).of_device.get("terminate_line", {}))
        if ends and not fits:
            detail = f"{line.name} is disconnected. Say where {device.name} goes: back, to the desk, or missing."
            errors.append(FieldError(code="LEAVE_CHOICE_INVALID", field=f"choices.{device.id}", detail=detail))
    return errors


def _error(wanted: LeaveChoiceIn, detail: str) -> FieldError:
    return FieldError(code="LEAVE_CHOICE_INVALID", field=f"choices.{wanted.id}", detail=detail)
