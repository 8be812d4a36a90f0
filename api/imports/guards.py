"""The guards of the kinds of files that have any."""

from types import MappingProxyType

from api.kits.import_guard import KitGuard
from api.people.import_guard import PeopleGuard
from models.db.imports.guards import Guards
from models.imports.kinds.kits import KITS
from models.imports.kinds.people import PEOPLE

GUARDS: Guards = MappingProxyType({KITS.code: KitGuard(), PEOPLE.code: PeopleGuard()})
