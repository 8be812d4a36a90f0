"""Where the carrier waits for its client: for information, and for the activation of a line."""

from demo.simulator.changes import Change
from demo.simulator.items import Document, characteristics
from demo.simulator.states import Phase, State


def ready(change: Change) -> list[Document]:
    """Give the running items that may be activated."""
    by_itself = change.settings.activates_by_itself
    return [
        item for item in change.record.running if by_itself or characteristics(item).get("activationRequested") is True
    ]


def proceed(change: Change, phase: Phase) -> None:
    """Go on to the phase, or rest where the client has to act first."""
    asked = phase is Phase.BEGIN and change.record.state is State.PENDING and not change.record.informed
    if asked or (phase is Phase.ACTIVATE and not ready(change)):
        change.rest(phase)
    else:
        change.then(phase)
