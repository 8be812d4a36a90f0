"""The signals and updates that a workflow takes, found in the code."""

from typing import NamedTuple

from tests.workflows.wire_contract import wire_types


class MessageNames(NamedTuple):
    signals: tuple[str, ...]
    updates: tuple[str, ...]


def names_of(workflow: str) -> MessageNames:
    """`workflow` is "ORDER" for every order type, else the name of the workflow."""
    parts = wire_types()[workflow]
    return MessageNames(
        signals=tuple(part.removeprefix("signal ") for part in parts if part.startswith("signal ")),
        updates=tuple(part.removeprefix("update ") for part in parts if part.startswith("update ")),
    )
