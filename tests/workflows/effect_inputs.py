"""What effects are applied to, for comparing what an order does to the inventory with the effect alone."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from unittest.mock import patch

from activities import inventory
from models.effect import Effect, EffectInput, find_effect
from models.inventory import InventoryState


@dataclass
class EffectInputs:
    """The inputs of all effects that are applied, by the line or device that results."""

    by_line: dict[str, list[EffectInput]] = field(default_factory=dict)

    def find(self, code: str) -> Effect:
        effect = find_effect(code)

        def apply(state: InventoryState, params: EffectInput) -> InventoryState:
            after = effect.apply(state, params)
            changed = after.line or after.required_device
            self.by_line.setdefault(changed.id, []).append(params)
            return after

        return replace(effect, apply=apply)


@contextmanager
def recorded_inputs() -> Iterator[EffectInputs]:
    inputs = EffectInputs()
    with patch.object(inventory, "find_effect", inputs.find):
        yield inputs
