"""The guards of the kinds of files that have any."""

from types import MappingProxyType

from api.people.import_guard import PeopleGuard
from models.db.imports.guards import Guards
from models.imports.kinds.people import PEOPLE

GUARDS: Guards = MappingProxyType({PEOPLE.code: PeopleGuard()})
