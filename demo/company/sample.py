"""The sample people who have a part in the demo: one for every role."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from demo.company.acme import ACME
from demo.company.ids import Ids
from demo.company.people import draw


@dataclass(frozen=True, kw_only=True)
class SamplePerson:
    """Somebody whose part one can play."""

    tenant: str
    id: str
    name: str
    email: str
    title: str


_PARTS = {
    "employee": "jordan",
    "manager": "dana",
    "owner": "grace",
    "branch-owner": "peter",
    "desk": "theo",
    "support": "wendy",
    "care": "carl",
    "admin": "priya",
    "auditor": "iris",
    "service": "onboarding",
}


def _sample_people() -> Mapping[str, SamplePerson]:
    people = draw(ACME, Ids(ACME.number)).people
    rows = {part: people[key] for part, key in _PARTS.items()}
    return MappingProxyType(
        {
            part: SamplePerson(tenant=row.tenant, id=row.id, name=row.name, email=row.email, title=row.title)
            for part, row in rows.items()
        }
    )


SAMPLE_PEOPLE = _sample_people()
