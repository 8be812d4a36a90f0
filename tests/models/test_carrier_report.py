from dataclasses import replace

import pytest

from models.carrier_report import DifferenceKind, kinds_changed
from models.inventory import InventoryState, Line, LineStatus

LINE = Line(id="1", carrier="c", status=LineStatus.ACTIVE, account_id="a", plan="p")


@pytest.mark.parametrize(
    ("status", "settled"),
    [(LineStatus.SUSPENDED, {DifferenceKind.STATUS}), (LineStatus.DISCONNECTED, {*DifferenceKind})],
)
def test_an_order_that_ends_a_line_settles_all_that_differed(status: LineStatus, settled: set[DifferenceKind]) -> None:
    before, after = InventoryState(line=LINE), InventoryState(line=replace(LINE, status=status))
    assert kinds_changed(before, after) == settled
