"""Who is told about a change to a line."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from models.db.inventory import lines
from models.db.inventory.tables import LineRow
from models.db.people import lookup
from models.db.session import Session
from models.facts import Role


@dataclass(frozen=True, kw_only=True)
class LineContacts:
    """A line and the names of the people to tell, by id.

    `assigned`: they have the line or are the contact of its site. Otherwise no one does, and they own its account.
    """

    line: LineRow
    people: Mapping[str, str]
    assigned: bool


async def contacts_of(session: Session, tenant: str, line_ids: Collection[str]) -> list[LineContacts]:
    """These lines, by phone number; only active people are told."""
    held = await lines.with_representatives(session, tenant, line_ids)
    owners = {line.account_id: await _owners(session, tenant, line.account_id) for line, person in held if not person}
    return [
        LineContacts(
            line=line,
            people={person.id: person.name} if person else owners[line.account_id],
            assigned=person is not None,
        )
        for line, person in held
    ]


async def _owners(session: Session, tenant: str, account_id: str) -> dict[str, str]:
    """The owners of an account; the tenant's admins if it has none."""
    owners = await lookup.account_owners(session, tenant, account_id)
    return {one.id: one.name for one in owners or await lookup.with_role(session, tenant, Role.ADMIN)}
