"""Who has permission to change an existing line, or to order for a device."""

from collections.abc import Iterator

from models.facts import Facts, NamedDevice, NamedLine, NamedThing, Person
from policies.access import Right, is_allowed

NO_PERMISSION = (
    "You don't have permission to change this line. Ask a manager of its user, an account owner, or the telecom desk."
)

NO_DEVICE_PERMISSION = (
    "You don't have permission to order for this device. Ask a manager of its user, an account owner, or the telecom "
    "desk."
)

NO_NEW_HOLDER = (
    "Only a manager of its user, an account owner, or the telecom desk can assign this line to someone else."
)


def can_change(facts: Facts, named: NamedThing) -> bool:
    """Whether the requester acts for the holder of a line or device, manages the one who does, or acts for its account.

    The account that the order is charged to gives no permission.
    """
    near = {person.id for person in (named.assigned_to.representative, *named.managers) if person}
    return facts.requester.id in near or acts_for_account_of(named, facts.requester)


def lines_to_judge(facts: Facts) -> Iterator[tuple[int, NamedLine]]:
    """The items with the lines about which checks may tell something: a requester only of lines they can change."""
    return ((item, named) for item, named in facts.lines_by_item() if facts.submitted or can_change(facts, named))


def devices_to_judge(facts: Facts) -> Iterator[tuple[int, NamedDevice]]:
    """The same with devices."""
    return ((item, named) for item, named in facts.devices_by_item() if facts.submitted or can_change(facts, named))


def acts_for_account_of(named: NamedThing, person: Person) -> bool:
    """Whether the person owns the account of the line or device, or can order for anyone."""
    return person.id in named.owner_ids or is_allowed(person, Right.ORDER_FOR_ANYBODY)
