"""A suspended line that has service again."""

from dataclasses import replace
from datetime import date

from models.effects.suspension import RESUME_LINE
from models.inventory import InventoryState, Line, LineStatus, Sim, SimStatus
from tests.models.effects.test_new_line import effect_input

LINE = Line(id="l", carrier="c", status=LineStatus.SUSPENDED, account_id="a", plan="p", suspended_for="vacation")


def test_a_line_that_was_disconnected_while_the_carrier_resumed_it_is_in_service_with_its_sim() -> None:
    ended = replace(LINE, status=LineStatus.DISCONNECTED, suspended_for=None, disconnected_on=date(2026, 3, 1))
    sim = Sim(id="s", iccid="89014103211118510720", kind="pSIM", status=SimStatus.RETIRED, carrier="c")
    after = RESUME_LINE.apply(InventoryState(line=ended, sim=sim), effect_input())
    assert (after.required_line.status, after.required_line.disconnected_on) == (LineStatus.ACTIVE, None)
    assert after.sim == replace(sim, status=SimStatus.ACTIVE)
