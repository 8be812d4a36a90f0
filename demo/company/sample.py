"""The people to sign in as in the demo: one for every role."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from demo.company.acme import ACME
from demo.company.ids import TenantIds
from demo.company.people import build_organization
from models.db.people.tables import PersonRow


@dataclass(frozen=True, kw_only=True)
class SamplePerson:
    tenant: str
    id: str
    name: str
    email: str
    title: str


_KEYS = {
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


def _sample_person(row: PersonRow) -> SamplePerson:
    return SamplePerson(tenant=row.tenant, id=row.id, name=row.name, email=row.email, title=row.title)


_ROWS = build_organization(ACME, TenantIds(ACME.number)).people
SAMPLE_PEOPLE: Mapping[str, SamplePerson] = MappingProxyType(
    {role: _sample_person(_ROWS[key]) for role, key in _KEYS.items()}
)
