"""Identifiers are stored in one form and found by every spelling, however carriers write them."""

import time
from collections.abc import Callable

import pytest

from models.db.tasks.tables import TaskRow
from models.identifiers import parse_eid, parse_iccid, read_imei
from tests.field.open_order import Field


@pytest.mark.fault("5")
@pytest.mark.parametrize(("name", "reported", "stored"), [
    ("IMEI", "35-910111-396003-1", "359101113960031"),
    ("IMEI", "IMEI: 49-015420-323751-8", "490154203237518"),
    ("IMEI", "490154203237518/01", "490154203237518"),
    ("IMEI", "4901542032375101", "490154203237518"),
    ("IMEI2", "49 015420.323751.8", "490154203237518"),
    ("IMEI2", "IMEI 2: 490154203237518", "490154203237518"),
    ("IMEI", "IMEI (slot 1): 490154203237518", "490154203237518"),
    ("ICCID", "SIM 1: 8901 4103 2111 1851 0720", "89014103211118510720"),
    ("EID", "EID 2: 89049032123451234512345678901235", "89049032123451234512345678901235"),
    ("ICCID", "8901410321111851072F", "8901410321111851072"),
    ("ICCID", "ICCID: 8901 4103 2111 1851 0720", "89014103211118510720"),
    ("EID", "EID: 8904-9032-1234-5123-4512-3456-7890-1235", "89049032123451234512345678901235"),
    ("MDN", "MDN: (312) 555-0142", "+13125550142"),
])  # fmt: skip
async def test_a_carriers_spelling_is_normalized_and_found(field: Field, name: str, reported: str, stored: str) -> None:
    order = await field.order()
    await field.event(order, **{name: reported})
    assert getattr(await field.item(order), name.lower()) == stored
    for spelling in (reported, stored):
        assert await field.found(spelling) == [order.number]


@pytest.mark.fault("5")
@pytest.mark.parametrize(
    ("name", "reported"),
    [
        *(("MDN", "PENDING"), ("IMEI", "49015420"), ("ICCID", "9901410321111851072")),
        # A digit of the label would be one of the identifier.
        *(("IMEI2", "IMEI 2 490154203237518"), ("IMEI", "IMEI 2 49015420323751"), ("IMEI", "IMEI: 2490154203237518")),
        *(("IMEI", "IMEI 2 49-015420-323751-01"), ("IMEI", "IMEI 10 490154203237518"), ("EID", f"EID 2 {'8' * 32}")),
    ],
)
async def test_what_is_no_identifier_is_kept_as_reported_and_raises_one_task(
    field: Field, name: str, reported: str
) -> None:
    order = await field.order()
    for _ in range(2):
        await field.event(order, **{name: reported})
    assert getattr(await field.item(order), name.lower()) is None
    (task,) = await field.env.rows(TaskRow, order)
    assert (task.kind, task.evidence["reported_as"]) == ("unreadable_value", reported)


@pytest.mark.fault("33")
@pytest.mark.parametrize(
    ("read", "digits"),
    [(read_imei, "490154203237518"), (parse_iccid, "89014103211118510720"), (parse_eid, "8" * 32)],
)
@pytest.mark.parametrize("more", [" ", "-", " -", ". "])
def test_a_long_text_is_refused_in_a_time_that_grows_with_its_length(
    read: Callable[[object], str], digits: str, more: str
) -> None:
    started = time.process_time()
    with pytest.raises(ValueError, match="digits"):
        read(digits + more * 20_000 + "x")
    assert time.process_time() - started < 0.5
