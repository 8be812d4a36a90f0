"""The people to sign in as in the demo: one for every role."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from demo.company.companies import ACME
from demo.company.ids import IdKind, TenantIds
from models.facts import Role

_NAMES = {
    "employee": "Jordan Blake",
    "manager": "Dana Ortiz",
    "owner": "Grace Holloway",
    "branch-owner": "Peter Lindqvist",
    "desk": "Theo Marsh",
    "support": "Wendy Osei",
    "care": "Carl Jensen",
    "admin": "Priya Raman",
    "auditor": "Iris Kimura",
    "service": "Onboarding System",
}


@dataclass(frozen=True, kw_only=True)
class SamplePerson:
    tenant: str
    id: str
    name: str
    email: str
    title: str
    is_service: bool


def _people() -> Mapping[str, SamplePerson]:
    """Everyone of the sample company by name. Imports give ids in the order of the file."""
    ids = TenantIds(ACME.number)
    return {
        row["name"]: SamplePerson(
            tenant=ACME.tenant,
            id=ids.new(IdKind.PERSON),
            name=row["name"],
            email=row["email"],
            title=row["title"],
            is_service=row["roles"] == Role.SERVICE,
        )
        for row in ACME.people()
    }


_PEOPLE = _people()
SAMPLE_PEOPLE: Mapping[str, SamplePerson] = MappingProxyType({role: _PEOPLE[name] for role, name in _NAMES.items()})
EMPLOYEES: tuple[SamplePerson, ...] = tuple(person for person in _PEOPLE.values() if not person.is_service)
