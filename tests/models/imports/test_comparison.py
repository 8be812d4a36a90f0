"""Files compared with what there is, row by row."""

from datetime import date

import pytest

from models.errors import InvalidRequest
from models.formatting import PLANNED_CHANGE
from models.imports.comparison import Existing, Known, compare
from models.imports.kind import Key, import_kind, import_kinds
from models.imports.plan import Plan, RowOutcome
from models.imports.sheet import read_sheet

ANN = {"employee_number": "E1", "name": "Ann Lee", "email": "ann@example.com", "active": "yes", "title": "Clerk"}
BACK = "Following this column leads back to the same person."
HEADER = "employee_number,name,email,manager\n"
TODAY = date(2026, 12, 1)


def planned(text: str, *, taken: dict[str, Key] | None = None, held_by: str = "", kind: str = "people") -> Plan:
    known = Known(
        things={("E1",): Existing(texts=ANN, held_by=held_by)},
        named={"people": {("E1",): ("E1",), ("ann@example.com",): ("E1",)}},
        today=TODAY,
        taken={"email address": taken or {}},
    )
    return compare(read_sheet(import_kind(kind), text.encode()), known)


def only(text: str, **known: object) -> tuple[RowOutcome, list[tuple[str, str]]]:
    (row,) = planned(text, **known).rows  # type: ignore[arg-type] # those of `planned`
    return row.outcome, [(one.column, one.detail) for one in row.wrong]


def test_a_changed_cell_is_shown_before_and_after() -> None:
    (row,) = planned("employee_number,name,title\nE1,Ann Lee,Manager\n").rows
    assert (row.number, row.outcome, row.key) == (2, RowOutcome.CHANGED, ("E1",))
    assert {name: (one.before, one.after) for name, one in row.changes.items()} == {"title": ("Clerk", "Manager")}


@pytest.mark.parametrize("text", ["employee_number,name\nE1,Ann Lee\n", "employee_number,active\nE1,\n"])
def test_a_column_that_is_missing_or_empty_leaves_what_has_a_default(text: str) -> None:
    assert only(text) == (RowOutcome.UNCHANGED, [])


def test_an_empty_cell_empties_what_can_be_empty() -> None:
    (row,) = planned("employee_number,title\nE1,\n").rows
    assert row.outcome is RowOutcome.UNCHANGED  # a title has a default
    ann_has_a_phone = Known(things={("E1",): Existing(texts=ANN | {"phone": "(312) 555-0142"})}, named={}, today=TODAY)
    (row,) = compare(read_sheet(import_kind("people"), b"employee_number,phone\nE1,\n"), ann_has_a_phone).rows
    assert row.changes["phone"].after == ""
    ann_has_a_role = Known(things={("E1",): Existing(texts=ANN | {"roles": "desk"})}, named={}, today=TODAY)
    (row,) = compare(read_sheet(import_kind("people"), b"employee_number,roles\nE1,none\n"), ann_has_a_role).rows
    assert (row.changes["roles"].before, row.changes["roles"].after) == ("desk", "")


@pytest.mark.parametrize(
    ("line", "outcome", "column", "says"),
    [
        (",Bo Diaz,bo@example.com,", RowOutcome.ERROR, "employee_number", "Enter a value. It names the person."),
        ("E2,,bo@example.com,", RowOutcome.ERROR, "name", "Enter a value; this column can't be empty."),
        ("E2,Bo Diaz,nonsense,", RowOutcome.ERROR, "email", "Enter an email address, such as ann.lee@example.com."),
        ("E2,Bo Diaz,bo@example.com,E9", RowOutcome.UNKNOWN_PERSON, "manager", "There is no person E9."),
        ("E2,Bo Diaz,bo@example.com", RowOutcome.ERROR, "", "This row has 3 cells, but the header has 4."),
        ("E2,Bo Diaz,bo@example.com,,x", RowOutcome.ERROR, "", "This row has 5 cells, but the header has 4."),
        ("E2,Bo Diaz,bo@example.com,E2", RowOutcome.ERROR, "manager", BACK),
    ],
)  # fmt: skip
def test_a_row_that_is_wrong_says_where_and_why(line: str, outcome: RowOutcome, column: str, says: str) -> None:
    assert only(HEADER + line + "\n") == (outcome, [(column, says)])


def test_the_other_rows_of_a_file_with_errors_are_imported() -> None:
    text = HEADER + "E2,Bo Diaz,bo@example.com,\n3.2E+14,Cy Fox,cy@example.com,\nE4,Di Gray,di@example.com,\n"
    assert [row.outcome for row in planned(text).rows] == [RowOutcome.NEW, RowOutcome.ERROR, RowOutcome.NEW]


def test_a_manager_is_named_by_number_or_email_in_any_case() -> None:
    text = HEADER + "E2,Bo Diaz,bo@example.com,ANN@example.com\nE3,Cy Fox,cy@example.com,Bo@Example.com\n"
    assert [row.changes["manager"].after for row in planned(text).rows] == ["E1", "E2"]


def test_what_names_a_row_that_is_not_imported_is_not_imported_either() -> None:
    text = HEADER + "E2,Bo Diaz,nonsense,\nE3,Cy Fox,cy@example.com,E2\nE4,Di Gray,di@example.com,E3\n"
    rows = planned(text).rows
    assert [row.outcome for row in rows] == [RowOutcome.ERROR, RowOutcome.UNKNOWN_PERSON, RowOutcome.UNKNOWN_PERSON]
    assert rows[1].wrong[0].detail == "There is no person E2. Row 2 of this file isn't imported."


def test_managers_in_a_circle_are_errors() -> None:
    text = HEADER + "E2,Bo Diaz,bo@example.com,E3\nE3,Cy Fox,cy@example.com,E2\n"
    assert [row.wrong[0].column for row in planned(text).rows] == ["manager", "manager"]


def test_two_rows_about_the_same_thing_are_errors() -> None:
    text = HEADER + "E2,Bo Diaz,bo@example.com,\nE2,Bo Díaz,bo@example.com,\n"
    assert [row.wrong[0].detail for row in planned(text).rows] == [
        "Row 3 is about the same person. Keep one of them.",
        "Row 2 is about the same person. Keep one of them.",
    ]


def test_a_value_that_something_else_has_is_a_conflict() -> None:
    found = only(HEADER + "E2,Bo Diaz,ann@example.com,\n", taken={"ann@example.com": ("E1",)})
    assert found == (RowOutcome.CONFLICT, [("email", "The person E1 has this email address.")])
    rows = planned(HEADER + "E2,Bo Diaz,bo@example.com,\nE3,Cy Fox,Bo@example.com,\n").rows
    assert [row.outcome for row in rows] == [RowOutcome.CONFLICT, RowOutcome.CONFLICT]


def test_an_open_order_is_a_conflict_only_where_something_changes() -> None:
    changed, by_timer = (only("employee_number,name\nE1,Anna\n", held_by=by) for by in ("RF9-3WX", PLANNED_CHANGE))
    assert changed == (RowOutcome.CONFLICT, [("", "Order RF9-3WX is in progress for this person.")])
    assert by_timer == (RowOutcome.CONFLICT, [("", "A planned change is in progress for this person.")])
    assert only("employee_number,name\nE1,Ann Lee\n", held_by="RF9-3WX") == (RowOutcome.UNCHANGED, [])


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("dialtone,lines,1\nname\n", "not of people"),
        ("dialtone,people,2\nname\n", "This file has version 2 of its columns. This program reads up to 1."),
        ("dialtone,people,1\n", "This file has no header."),
        ("employee_number,nmae\n", "There is no column “nmae” in a file of people. Did you mean name?"),
        ("employee_number,name,Name\n", "The column “name” is there twice."),
        ("employee_number,,name\n", "A column has no name."),
        ("name,email\n", "The column “employee_number” is missing."),
    ],
)
def test_a_file_with_another_header_is_refused(text: str, says: str) -> None:
    with pytest.raises(InvalidRequest) as refused:
        planned(text)
    assert says in refused.value.detail


def test_a_header_can_be_written_as_people_write_it() -> None:
    assert only("Employee Number;Name;;\nE1;Ann Lee;;\n") == (RowOutcome.UNCHANGED, [])


@pytest.mark.parametrize("code", sorted(import_kinds()))
def test_the_example_of_a_kind_can_be_read(code: str) -> None:
    kind = import_kind(code)
    for column in kind.columns:
        assert column.write(column.parse(column.example)) == column.example, column.name
        if column.default is not None:
            assert column.write(column.parse("")) == column.write(column.default)


def test_kinds_come_after_those_that_they_name() -> None:
    seen: set[str] = set()
    for code, kind in import_kinds().items():
        named = {column.refers.kind for column in kind.columns if column.refers} - {code, "carriers"}
        assert named <= seen, code
        seen.add(code)


def test_only_the_row_that_closes_a_circle_of_managers_is_wrong() -> None:
    """Ann reports to Bo as before, and the file has Bo report to Ann."""
    bo = {"employee_number": "E2", "name": "Bo Diaz", "email": "bo@example.com", "active": "yes", "title": ""}
    known = Known(
        things={("E1",): Existing(texts=ANN | {"manager": "E2"}), ("E2",): Existing(texts=bo)},
        named={"people": {("E1",): ("E1",), ("E2",): ("E2",)}},
        today=TODAY,
        above={("E1",): ("E2",)},
    )
    sheet = read_sheet(import_kind("people"), b"employee_number,manager\nE1,E2\nE2,E1\n")
    ann, other = compare(sheet, known).rows
    assert (ann.outcome, other.outcome) == (RowOutcome.UNCHANGED, RowOutcome.ERROR)
    assert [one.detail for one in other.wrong] == [BACK]
