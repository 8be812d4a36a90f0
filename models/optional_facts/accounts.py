from collections.abc import Mapping, Sequence
from types import MappingProxyType

from models.facts import Person
from models.optional_fact import OptionalFact

# On which day of the month the billing cycle of each line that the order names starts, by line id, where it is known.
CYCLE_DAYS: OptionalFact[Mapping[str, int]] = OptionalFact(code="cycle_days", empty=MappingProxyType({}))
# The lines that the order names whose numbers their accounts list as critical: by line id, the account's name.
CRITICAL_LINES: OptionalFact[Mapping[str, str]] = OptionalFact(code="critical_lines", empty=MappingProxyType({}))
# The active owners of the accounts of the lines that the order names, by line id.
LINE_OWNERS: OptionalFact[Mapping[str, Sequence[Person]]] = OptionalFact(code="line_owners", empty=MappingProxyType({}))
