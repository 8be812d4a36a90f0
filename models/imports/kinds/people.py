from collections.abc import Iterator, Mapping, Sequence
from datetime import date

from models.cell_type import DAY, EMAIL, PHONE_NUMBER, YES_OR_NO, name_of_a_thing, one_of, several, text
from models.facts import Role
from models.imports.kind import Column, ImportKind, Reference, Texts, Wrong, address_columns, whole_address

# What changes on `moves_on`, by the column of what holds now.
_NEXT = {"manager": "next_manager", "account": "next_account", "cost_center": "next_cost_center"}


def _settled(rows: Sequence[tuple[Texts, Texts]], today: date) -> list[Texts]:
    passed_on = _passed_on(rows)
    settled = []
    for row, before in rows:
        moved = _after_move(row, before, today)
        taken_over = passed_on.get(before.get("employee_number", ""), set())
        settled.append(
            _of_leaver(moved, before) if _has_left(row, before) else _of_successor(moved, before, taken_over)
        )
    return settled


def _has_left(row: Texts, before: Texts) -> bool:
    return before.get("active") == row.get("active", "no") == "no"


def _passed_on(rows: Sequence[tuple[Texts, Texts]]) -> Mapping[str, set[str]]:
    """The accounts that rows give to people who have left and no longer own them, by who has taken over from them."""
    left = {before["employee_number"]: (row, before) for row, before in rows if _has_left(row, before)}
    found: dict[str, set[str]] = {}
    for row, before in left.values():
        seen, to = set[str](), before.get("successor", "")
        while to in left and to not in seen:
            seen.add(to)
            to = left[to][1].get("successor", "")
        found.setdefault(to, set()).update(_several(row, "owns") - _several(before, "owns"))
    return found


def _of_leaver(row: Texts, before: Texts) -> Texts:
    """A file gives no account to someone who has left; it can take some that they still own."""
    owned = _several(before, "owns")
    owns = _several(row, "owns") & owned if "owns" in row else owned
    roles = _several(row, "roles") - (set() if owns else {Role.OWNER})
    return {**row, **_cells(row, before, {"roles": roles, "owns": owns})}


def _of_successor(row: Texts, before: Texts, taken_over: set[str]) -> Texts:
    """A successor keeps the accounts that they have taken over."""
    kept = _several(before, "owns") & taken_over
    if not kept:
        return row
    given = {"roles": _several(row, "roles") | {Role.OWNER}, "owns": _several(row, "owns") | kept}
    return {**row, **_cells(row, before, given)}


def _several(texts: Texts, name: str) -> set[str]:
    return set(PEOPLE.by_name[name].parse(texts.get(name, "")))


def _cells(row: Texts, before: Texts, given: Mapping[str, set[str]]) -> Texts:
    """Those that the row has; in the same order as before where they have the same values."""
    return {
        name: before[name] if values == _several(before, name) else PEOPLE.by_name[name].write(sorted(values))
        for name, values in given.items()
        if name in row
    }


def _after_move(row: Texts, before: Texts, today: date) -> Texts:
    """Once a person has moved, or has left, a row that names the move says what holds now."""
    day = row.get("moves_on")
    if not day or DAY.parse(day) > today or before.get("moves_on"):
        return row
    held = {now: row[coming] for now, coming in _NEXT.items() if row.get(coming)}
    over = {name: "" for name in ("moves_on", *_NEXT.values()) if name in row}
    if before.get("active") == "no":
        return {**row, **over}
    if before and any(before.get(now) != text for now, text in held.items()):
        return row
    return {**row, **over, **held}


def _check(texts: Texts) -> Iterator[Wrong]:
    yield from whole_address(texts)
    named = next((name for name in _NEXT.values() if texts.get(name)), "")
    if named and not texts.get("moves_on"):
        yield Wrong(column="moves_on", detail="Enter the day from which this holds.")
    if texts.get("moves_on") and not named:
        yield Wrong(column="moves_on", detail="Enter what changes on this day: manager, account or cost center.")
    if texts.get("successor") and not texts.get("leaves_on"):
        yield Wrong(column="leaves_on", detail="Enter the last day, after which the successor takes over.")
    if texts.get("owns") and Role.OWNER not in texts.get("roles", ""):
        yield Wrong(column="roles", detail="Add the role owner to someone who owns accounts.")
    if Role.OWNER in texts.get("roles", "") and not texts.get("owns"):
        yield Wrong(column="owns", detail="Enter at least one account for an owner.")


PEOPLE = ImportKind(
    code="people",
    title="People",
    noun="person",
    about="Employees, with their managers and what they can do. This doesn't invite anyone to sign in.",
    table="person",
    key=("employee_number",),
    also_known_by=("email",),
    tree="manager",
    after=("accounts",),
    settled=_settled,
    check=_check,
    columns=(
        Column(
            name="employee_number",
            help="Employee number, the same in every file.",
            type=name_of_a_thing(),
            required=True,
            example="A1012",
        ),
        Column(name="name", help="First and last name.", type=text(), required=True, example="Jordan Blake"),
        Column(
            name="email",
            help="Email address, for notifications and to sign in.",
            type=EMAIL,
            required=True,
            unique="email address",
            example="jordan.blake@acme.example.com",
        ),
        Column(name="title", help="Job title.", type=text(), default="", example="Account Executive"),
        Column(
            name="manager",
            field="manager_id",
            help="Employee number or email address of the manager, who approves.",
            type=text(254),
            refers=Reference(kind="people"),
            example="A1006",
        ),
        Column(
            name="account",
            field="account_id",
            help="Number of the account that their orders are charged to.",
            type=name_of_a_thing(),
            refers=Reference(kind="accounts"),
            example="FA-1110",
        ),
        Column(
            name="cost_center",
            help="Code of the cost center. Its file can be imported afterwards.",
            type=name_of_a_thing(),
            example="CC-1110",
        ),
        Column(name="phone", help="Phone number at work.", type=PHONE_NUMBER, example="(312) 555-0111"),
        Column(
            name="roles",
            help="What they can do beyond their own orders; `none` takes all roles away.",
            type=several(one_of(*Role)),
            default=(),
            example="owner",
        ),
        Column(
            name="groups",
            help="Groups that see products others don't.",
            type=several(text(64)),
            default=(),
            example="executives",
        ),
        Column(
            name="owns",
            help="Numbers of the accounts they own.",
            type=several(name_of_a_thing()),
            default=(),
            refers=Reference(kind="accounts"),
            several=True,
            example="FA-1110",
        ),
        Column(
            name="active",
            help="`no` for people who have left.",
            type=YES_OR_NO,
            default=True,
            example="yes",
        ),
        Column(
            name="moves_on",
            help="Day from which the next manager, account and cost center hold.",
            type=DAY,
            example="2027-01-04",
        ),
        Column(
            name="next_manager",
            field="next_manager_id",
            help="Employee number or email address of the manager from that day; empty for the same.",
            type=text(254),
            refers=Reference(kind="people"),
            example="A1007",
        ),
        Column(
            name="next_account",
            field="next_account_id",
            help="Number of the account from that day; empty for the same.",
            type=name_of_a_thing(),
            refers=Reference(kind="accounts"),
            example="FA-1120",
        ),
        Column(
            name="next_cost_center",
            help="Code of the cost center from that day; empty for the same.",
            type=name_of_a_thing(),
            example="CC-1120",
        ),
        Column(
            name="starts_on",
            help="First day of someone who starts. They can sign in from then, and scheduled orders move with it.",
            type=DAY,
            example="2026-12-07",
        ),
        Column(
            name="leaves_on",
            help="Last day of someone who leaves. It starts their checklist, or moves its last day.",
            type=DAY,
            example="2027-01-29",
        ),
        Column(
            name="successor",
            field="successor_id",
            help="Employee number or email address of who takes over their approvals, accounts and cost centers then.",
            type=text(254),
            refers=Reference(kind="people"),
            example="A1007",
        ),
        *address_columns(),
    ),
)
