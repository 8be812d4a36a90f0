"""Every question of the registry: its schema and its parser are one definition, and its secrecy hides."""

import ast
import traceback
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from models import questions
from models.question import MASK, Question, Secrecy, Tell
from tests.project_files import product_modules

QUESTIONS = questions.all_by_code()
EVERY_QUESTION = pytest.mark.parametrize("question", QUESTIONS.values(), ids=QUESTIONS.keys())
_ADDRESS = QUESTIONS["ship_to"].example


# For each question with a `format`, which names what a schema cannot express: answers that match the rest of the
# schema, first accepted ones, then refused ones. Their check digits were not calculated by the code that is tested.
FORMATTED: Mapping[str, tuple[Sequence[Any], Sequence[Any]]] = {
    "imei": (
        (
            *("490154203237518", "012345678901237", "35-209900-176148-1"),
            *("356938035643809/01", "IMEISV 35-209900-176148-23"),
        ),
        ("490154203237519", "490145203237518", "35-209900-176148-4", "356938035643808", "4901542032375181"),
    ),
    "eid": (
        (
            *("89049032123451234512345678901235", "89044045000010100100000000123432"),
            "8903 3023 0012 1136 0000 0000 0765 2392",
        ),
        (
            *("89049032123451234512345678901236", "89049032123451234512345678901253"),
            "8903 3023 0012 1136 0000 0000 0756 2392",
        ),
    ),
    **dict.fromkeys(
        ("resume_on", "starts_on", "ends_on", "ends_at_carrier", "features_end_on"),
        (
            ("2026-12-31", "2028-02-29", "2027-04-30"),
            ("2027-02-29", "2026-13-01", "2026-00-10", "2027-04-31", "2026-12-32", "0000-01-01"),
        ),
    ),
    **dict.fromkeys(
        ("ship_to", "service_address", "pickup_from"),
        (
            [_ADDRESS | {"line1": line} for line in ("1 Main St", "7 Boxwood Court", "3 Post Box Lane", "Box 12")],
            [_ADDRESS | {"line1": line} for line in ("PO Box 7", "P.O. Box 7", "p o box 7", "Suite 4, P. O. BOX 9")],
        ),
    ),
}


@st.composite
def _imeis(draw: st.DrawFn) -> str:
    """Fourteen digits, and the one that makes the sum of all divisible by ten, with every second one doubled."""
    body = draw(st.text("0123456789", min_size=14, max_size=14))
    doubled = "".join(str(int(digit) * (1 + place % 2)) for place, digit in enumerate(body))
    return draw(_groups(f"{body}{-sum(map(int, doubled)) % 10}", (2, 8, 14)))


@st.composite
def _eids(draw: st.DrawFn) -> str:
    """Thirty digits, and the two that make the remainder of the number modulo 97 one."""
    body = draw(st.text("0123456789", min_size=30, max_size=30))
    return draw(_groups(f"{body}{98 - int(body) * 100 % 97:02d}", range(4, 32, 4)))


def _groups(digits: str, starts: Sequence[int]) -> st.SearchStrategy[str]:
    ends = [*starts, len(digits)]
    groups = [digits[start:end] for start, end in zip([0, *ends], ends, strict=False)]
    return st.sampled_from(["", " ", "-", "."]).map(lambda between: between.join(groups))


# Street names of words that can't make a PO box together.
_streets = st.from_regex(r"[1-9][0-9]{0,4} ([NSEW] )?[A-Z][a-n]{2,9} (St|Ave|Rd|Lane|Box)", fullmatch=True)
_addresses = st.fixed_dictionaries(
    {
        "name": st.sampled_from(["Ann Lee", "Zoë O'Neill", "李明"]),
        "line1": _streets,
        "city": st.sampled_from(["Chicago", "Coeur d'Alene"]),
        "state": st.sampled_from(["IL", "ID"]),
        "postal_code": st.from_regex(r"[0-9]{5}(-[0-9]{4})?", fullmatch=True).filter(str.isascii),
    },
    optional={"line2": st.sampled_from(["", "Suite 4", "PO Box 7"]), "country": st.just("US")},
)
VALID: Mapping[str, st.SearchStrategy[Any]] = {
    "imei": _imeis(),
    "eid": _eids(),
    **dict.fromkeys(("resume_on", "starts_on", "ends_on", "ends_at_carrier", "features_end_on"), st.dates().map(str)),
    **dict.fromkeys(("ship_to", "service_address", "pickup_from"), _addresses),
}


def _has_format(schema: object) -> bool:
    inner = [*schema.values()] if isinstance(schema, Mapping) else []
    return (isinstance(schema, Mapping) and "format" in schema) or any(map(_has_format, inner))


def _schema_accepts(question: Question[Any], value: Any) -> bool:
    """Whether the schema accepts the value, whatever its format checks."""
    return bool(Draft202012Validator(question.type.schema).is_valid(value))


def _parser_accepts(question: Question[Any], value: Any) -> bool:
    try:
        question.parse(value)
    except ValueError:
        return False
    return True


# In Python, `$` also matches before a line break at the end; in JSON Schema and in the parser it does not.
_texts = st.text(max_size=70).filter(lambda text: not text.endswith("\n"))
_scalars = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | _texts
_anything = _scalars | st.lists(_scalars, max_size=22) | st.dictionaries(_texts, _scalars, max_size=3)


@st.composite
def _near(draw: st.DrawFn, value: Any) -> Any:
    """The value with one change: of a text one character, of a list or address one entry."""
    if isinstance(value, str) and value:
        place = draw(st.integers(0, len(value) - 1))
        return value[:place] + draw(st.text(alphabet="0123456789 -.aA", max_size=2)) + value[place + 1 :]
    if isinstance(value, list):
        return draw(st.permutations([*value, draw(_scalars)]))
    if isinstance(value, Mapping):
        name = draw(st.sampled_from([*value, "line2", "country", "planet"]))
        changed = {**value, name: draw(_scalars | st.sampled_from(["PO Box 7", "60606-1234", " "]))}
        return {key: one for key, one in changed.items() if draw(st.booleans()) or key != name or one is not None}
    return draw(_scalars)


@EVERY_QUESTION
@settings(max_examples=50)
@given(data=st.data())
def test_the_schema_and_the_parser_accept_the_same_answers(question: Question[Any], data: st.DataObject) -> None:
    words = question.type.schema.get("enum", [])
    value = data.draw(_anything | _near(question.example) | st.sampled_from([question.example, True, False, *words]))
    by_schema, by_parser = _schema_accepts(question, value), _parser_accepts(question, value)
    assert by_schema is by_parser or (by_schema and question.code in FORMATTED)


def test_each_format_has_examples() -> None:
    formatted = {code for code, question in QUESTIONS.items() if _has_format(question.type.schema)}
    assert formatted == FORMATTED.keys() == VALID.keys()


@pytest.mark.fault("29")
@pytest.mark.parametrize("code", VALID)
@given(data=st.data())
def test_the_parser_accepts_what_the_format_names(code: str, data: st.DataObject) -> None:
    value = data.draw(VALID[code])
    assert _schema_accepts(QUESTIONS[code], value)
    assert _parser_accepts(QUESTIONS[code], value)


@pytest.mark.fault("29")
@pytest.mark.parametrize("code", FORMATTED)
def test_the_parser_checks_what_the_format_names(code: str) -> None:
    question, (accepted, refused) = QUESTIONS[code], FORMATTED[code]
    assert [value for value in (*accepted, *refused) if not _schema_accepts(question, value)] == []
    assert [value for value in accepted if not _parser_accepts(question, value)] == []
    assert [value for value in refused if _parser_accepts(question, value)] == []


@EVERY_QUESTION
def test_the_example_is_an_answer_and_its_stored_form_too(question: Question[Any]) -> None:
    stored = question.parse(question.example)
    assert question.parse(stored) == stored
    assert _schema_accepts(question, question.example)
    assert _schema_accepts(question, stored)
    assert question.text(stored, {})


@EVERY_QUESTION
def test_an_answer_is_hidden_from_those_who_may_not_see_it(question: Question[Any]) -> None:
    stored = question.parse(question.example)
    assert question.visible(stored, question.secrecy) == (MASK if question.is_secret else stored)
    for up_to in Secrecy:
        if not up_to.includes(question.secrecy):
            shown = question.text(question.visible(stored, up_to), {})
            hidden = stored["line1"] if isinstance(stored, Mapping) else str(stored)[:-4]
            assert hidden not in shown


@pytest.mark.parametrize("up_to", Secrecy)
def test_nobody_sees_anything_of_a_secret(up_to: Secrecy) -> None:
    assert (
        replace(questions.find("iccid"), secrecy=Secrecy.SECRET, replaces="", exclusive=False).visible("8901", up_to)
        == MASK
    )


@pytest.mark.parametrize(
    ("code", "changes"),
    [
        ("iccid", {"exclusive": False}),
        ("iccid", {"replaces": ""}),
        ("imei", {"tell": Tell.HEADLINE}),
        ("device", {"tell": Tell.DETAIL}),
        ("sim_type", {}),
        ("billing", {}),
    ],
)
def test_a_secret_is_a_text_that_no_title_and_no_inventory_tells(code: str, changes: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="a secret is a text"):
        replace(questions.find(code), secrecy=Secrecy.SECRET, **changes)


@EVERY_QUESTION
def test_a_consent_is_told_as_one_and_a_product_question_depends_on_product_questions(question: Question[Any]) -> None:
    assert (question.type.schema.get("const") is True) is (question.tell is Tell.CONSENT)
    assert (question.invalid_code == "ACK_REQUIRED") is question.is_consent
    assert all(QUESTIONS[code].product and QUESTIONS[code].replaces for code in question.fits)
    assert not question.fits or question.product
    assert not question.with_required or (question.product and question.type.schema["type"] == "array")


@pytest.mark.parametrize(
    ("code", "given", "stored"),
    [
        ("imei", "49-015420-323751-8", "490154203237518"),
        ("iccid", "8901 4103 2111 1851 0720", "89014103211118510720"),
        ("line", "(312) 555-0142", "+13125550142"),
        ("line", "01LINE", "01LINE"),
        ("features", ["A", "B", "A"], ["A", "B"]),
    ],
)
def test_an_answer_is_stored_in_one_form(code: str, given: Any, stored: Any) -> None:
    assert questions.find(code).parse(given) == stored


@pytest.mark.parametrize(
    ("code", "wrong", "sentence"),
    [
        ("imei", "490154203237519", "That IMEI isn't valid. Check for a typo."),
        ("imei", "12", "An IMEI has 15 digits. Dial *#06# to see it."),
        ("area_code", "112", "Enter a 3-digit area code, such as 312."),
        ("sim_type", "nano", "Choose one of these: eSIM, Physical SIM."),
        ("charge_move", "last_week", "Choose one of these: None, Last month's charges, All charges."),
        ("use_policy", False, "Accept this to continue."),
        ("resume_on", "2027-02-30", "Enter a date like 2026-12-31."),
        (
            "ship_to",
            {"name": "Ann", "city": " ", "state": "IL", "postal_code": "60606"},
            "The address is incomplete. Add: street address, city.",
        ),
        ("ship_to", {**_ADDRESS, "line1": "PO Box 7"}, "Enter a street address, not a PO box."),
        ("service_address", {**_ADDRESS, "line1": "PO Box 7"}, "Enter a street address, not a PO box."),
        ("ship_to", {**_ADDRESS, "line2": "x" * 101}, "Use at most 100 characters for the apartment, suite, floor."),
        (
            "ship_to",
            {**_ADDRESS, "planet": ""},
            "Enter an address with the fields name, line1, line2, city, state, postal_code, country.",
        ),
        ("ship_to", {**_ADDRESS, "postal_code": ""}, "The address is incomplete. Add: ZIP code."),
        (
            "ship_to",
            "at home",
            "Enter an address with the fields name, line1, line2, city, state, postal_code, country.",
        ),
    ],
)
def test_a_wrong_answer_gets_a_sentence(code: str, wrong: Any, sentence: str) -> None:
    with pytest.raises(ValueError, match=r".") as error:
        questions.find(code).parse(wrong)
    assert str(error.value) == sentence
    assert "input_value" not in "".join(traceback.format_exception(error.value)), "pydantic repeats the answer"


def test_answers_are_read_through_their_question() -> None:
    """By `QUESTION.of(answers)`, not by a code in quotes, which nothing checks."""
    # These have other keys: the kinds of inventory records, the fields of a ruling, the data of an event, and the
    # columns of files.
    others = {"ids", "before", "col(InventoryChangeRow.before)", "details.order.ruling", "data", "cells", "texts"}
    found = [
        f"{path}: {ast.unparse(mapping)} {key}"
        for path, module in product_modules()
        for mapping, key in _lookups(module)
        if key in QUESTIONS and ast.unparse(mapping) not in others
    ]
    assert found == []


def _lookups(module: ast.Module) -> Iterator[tuple[ast.expr, object]]:
    """The mapping and the key of each `mapping[key]`, `mapping.get(key)` and `key in mapping` with a constant key."""
    for node in ast.walk(module):
        match node:
            case ast.Subscript(value=mapping, slice=ast.Constant(value=key)):
                yield mapping, key
            case ast.Call(func=ast.Attribute(value=mapping, attr="get"), args=[ast.Constant(value=key), *_]):
                yield mapping, key
            case ast.Compare(left=ast.Constant(value=key), ops=[ast.In() | ast.NotIn()], comparators=[mapping]):
                yield mapping, key
