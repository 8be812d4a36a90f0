"""The guards of the kinds of files that have any."""

from types import MappingProxyType

from api.people.import_guard import PeopleGuard
from models.db.import_guards import Guards
from models.import_kinds.people import PEOPLE

GUARDS: Guards = MappingProxyType({PEOPLE.code: PeopleGuard()})
