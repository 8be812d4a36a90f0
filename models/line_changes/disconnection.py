"""What becomes of a disconnected line."""

from dataclasses import replace

from models.events.disconnection import NUMBER_LOST
from models.inventory import InventoryState, LineStatus
from models.line_change import ChangeInput, LineChange


def _give_up(state: InventoryState, _: ChangeInput) -> InventoryState:
    return replace(state, line=replace(state.required_line, status=LineStatus.TERMINATED))


GIVE_UP = LineChange(code="give_up", event=NUMBER_LOST.code, outcome="given_up", at_limit=True, apply=_give_up)
