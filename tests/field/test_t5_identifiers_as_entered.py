"""People enter identifiers as they read them on a box, a card or a screen."""

from collections.abc import Callable

import pytest

from models.identifiers import parse_eid, parse_iccid, parse_imei, read_imei
from models.question import Question
from models.questions.line import LINE
from models.questions.sim import EID, ICCID, IMEI


@pytest.mark.fault("30")
@pytest.mark.parametrize(("question", "entered", "stored"), [
    (ICCID, "8901410321111851072F", "8901410321111851072"),
    (ICCID, "SIM: 8901 4103 2111 1851 0721", "89014103211118510721"),
    (IMEI, "490154203237518/01", "490154203237518"),
    (IMEI, "IMEISV 4901542032375101", "490154203237518"),
    (IMEI, "IMEI SV: 49-015420-323751-01", "490154203237518"),
    (IMEI, "49-015420-323751-01", "490154203237518"),
    (IMEI, "IMEI: 49-015420-323751-8", "490154203237518"),
    (IMEI, "49.015420.323751.8", "490154203237518"),
    (EID, "EID 8904 9032 1234 5123 4512 3456 7890 1235", "89049032123451234512345678901235"),
    # As Dialtone labels them.
    (ICCID, "SIM number (ICCID) 8901 4103 2111 1851 0721", "89014103211118510721"),
    (IMEI, "Device ID (IMEI) 490154203237518", "490154203237518"),
    (IMEI, "second device ID (IMEI): 490154203237518", "490154203237518"),
    (EID, "eSIM ID (EID) 89049032123451234512345678901235", "89049032123451234512345678901235"),
    # As phones and boxes do.
    (IMEI, "IMEI2 490154203237518", "490154203237518"),
    (IMEI, "IMEI/MEID: 49 015420 323751 8", "490154203237518"),
    (IMEI, "IMEI2: 49-015420-323751-01", "490154203237518"),
    (ICCID, "SIM2 (ICCID): 8901410321111851072F", "8901410321111851072"),
    # As phones with two SIMs do.
    (IMEI, "IMEI 1: 490154203237518", "490154203237518"),
    (IMEI, "IMEI 2: 490154203237518", "490154203237518"),
    (IMEI, "IMEI (slot 2): 49-015420-323751-8", "490154203237518"),
    (IMEI, "IMEI #2 = 490154203237518/01", "490154203237518"),
    (ICCID, "SIM 1: 8901 4103 2111 1851 0721", "89014103211118510721"),
    (EID, "EID 2: 89049032123451234512345678901235", "89049032123451234512345678901235"),
    # As they are copied from a list or a sentence.
    (IMEI, "490154203237518,", "490154203237518"),
    (IMEI, "(490154203237518)\r\n", "490154203237518"),
    (ICCID, "8901410321111851072F,\n", "8901410321111851072"),
    (EID, "89049032123451234512345678901235;", "89049032123451234512345678901235"),
    (LINE, "Phone number (312) 555-0142,\n", "+13125550142"),
])  # fmt: skip
def test_an_answer_is_accepted_and_normalized(question: Question[str], entered: str, stored: str) -> None:
    assert question.parse(entered) == stored


@pytest.mark.fault("30")
@pytest.mark.parametrize("entered", [
    "4990154203237518", "4901542032337518", "IMEI: 4901542032375118", "4901 5420 3233 7518", "4901542032375101",
])  # fmt: skip
def test_a_doubled_digit_is_no_other_imei(entered: str) -> None:
    with pytest.raises(ValueError, match="That IMEI has 16 digits"):
        IMEI.parse(entered)


@pytest.mark.parametrize(("question", "entered"), [
    (IMEI, "490154203237519"), (IMEI, "49015420323751"), (ICCID, "990141032111185107"), (EID, "8904A032"),
    (IMEI, "IMEI12 490154203237519"), (IMEI, "IMEI 2 490154203237518"), (IMEI, "IMEI 10 490154203237518"),
    (IMEI, "490154203237518 or so"), (EID, "89049032123451234512345678901235A"),
])  # fmt: skip
def test_a_typo_is_still_refused(question: Question[str], entered: str) -> None:
    with pytest.raises(ValueError, match=r"IMEI|SIM number|eSIM ID"):
        question.parse(entered)


@pytest.mark.fault("30")
@pytest.mark.parametrize("piece", ["a", "a1", "a 1:", "a1)", "a: ", " 1", "4.", "8 9", "IMEI2 ", "490154203237518 "])
@pytest.mark.parametrize("read", [read_imei, parse_imei, parse_iccid, parse_eid])
def test_a_long_text_is_refused_in_a_time_that_grows_with_its_length(read: Callable[[object], str], piece: str) -> None:
    """With backtracking over two pieces of the text, this length would take hours."""
    with pytest.raises(ValueError, match=r"IMEI|SIM number|eSIM ID"):
        read(f"{piece * 100_000}x")
