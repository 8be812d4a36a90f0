"""The people to sign in as in the demo: one for every role."""

from collections.abc import Mapping
from types import MappingProxyType

from demo.company.acme import ACME
from demo.company.ids import TenantIds
from demo.company.people import build_organization
from models.db.people.tables import PersonRow
from models.facts import Role

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
_ROWS = build_organization(ACME, TenantIds(ACME.number)).people
SAMPLE_PEOPLE: Mapping[str, PersonRow] = MappingProxyType({role: _ROWS[key] for role, key in _KEYS.items()})
EMPLOYEES: tuple[PersonRow, ...] = tuple(row for row in _ROWS.values() if Role.SERVICE not in row.roles)
