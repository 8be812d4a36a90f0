"""Cells of import files: what they say is what is stored, or an error."""

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.cell_type import (
    DAY,
    DEVICE_NAME,
    EID,
    ESN,
    ICCID,
    IMEI,
    MEID,
    MONEY,
    PHONE_NUMBER,
    SHORTENED,
    YES_OR_NO,
    ZIP_CODE,
    CellType,
    by_name,
    name_of_a_thing,
    several,
    text,
    whole_number,
)


@pytest.mark.parametrize(
    ("kind", "cell"),
    [
        (IMEI, "3.5911E+14"),
        (IMEI, "3,5911E+14"),
        (IMEI, "359101113960031.0"),
        (ICCID, "8.90141E+18"),
        (ICCID, "8901410321111850000"),
        (EID, "89049032123451234512345678900000".replace("1234512345678900000", "0" * 19)),
        (PHONE_NUMBER, "3125550142.0"),
        (PHONE_NUMBER, "3.12555E+09"),
        (ZIP_CODE, "2116"),
        (ZIP_CODE, "601"),
        (name_of_a_thing(), "2.8730119E+8"),
        (several(PHONE_NUMBER), "(312) 555-0100 | 3125550142.0"),
    ],
)
def test_a_number_that_a_spreadsheet_shortened_is_an_error(kind: CellType, cell: str) -> None:
    with pytest.raises(ValueError, match=SHORTENED[:20]):
        kind.parse(cell)


@pytest.mark.parametrize(
    ("kind", "cell", "stored", "written"),
    [
        (PHONE_NUMBER, "312.555.0142", "+13125550142", "(312) 555-0142"),
        (ZIP_CODE, "02116", "02116", "02116"),
        (MONEY, "$1,029", Decimal("1029.00"), "1029.00"),
        (DAY, "12/04/2026", date(2026, 12, 4), "2026-12-04"),
        (YES_OR_NO, "Y", True, "yes"),
        (several(text()), "b | a", ["b", "a"], "b | a"),
        (several(text()), "none", [], ""),
        (by_name(text()), "northwind=A|bluepeak = B", {"northwind": "A", "bluepeak": "B"}, "bluepeak=B | northwind=A"),
        (whole_number(1, 31), "18.0", 18, "18"),
    ],
)
def test_a_cell_is_read_and_written(kind: CellType, cell: str, stored: Any, written: str) -> None:
    assert kind.parse(cell) == stored
    assert kind.write(stored) == written


@pytest.mark.parametrize(
    ("kind", "cell"),
    [
        (MONEY, "1,02.00"), (MONEY, "-5"), (DAY, "2026-02-30"), (YES_OR_NO, "maybe"), (whole_number(1, 31), "32"),
        (text(), "Caf\ufffd"), (text(), "a\nb"), (text(3), "long"), (by_name(text()), "a=|b"),
    ],
)  # fmt: skip
def test_a_cell_that_is_none_of_its_type_is_an_error(kind: CellType, cell: str) -> None:
    with pytest.raises(ValueError, match=r"\.$"):
        kind.parse(cell)


@pytest.mark.parametrize(
    ("kind", "cell"),
    [
        (ESN, "12E45678"),
        (ESN, "1E100000"),
        (MEID, "1E000000000000"),
        (name_of_a_thing(), "5E-12"),
        (DEVICE_NAME, "9E12"),
    ],
)
def test_a_number_with_an_e_is_no_shortened_one(kind: CellType, cell: str) -> None:
    assert kind.parse(cell) == cell


@given(st.decimals(min_value=0, max_value=9_999_999, places=2))
def test_an_amount_is_read_as_it_is_written(amount: Decimal) -> None:
    assert MONEY.parse(MONEY.write(amount)) == amount
