from collections.abc import Mapping
from types import MappingProxyType

from models.optional_fact import OptionalFact

# The employee number of each person to whom a named line is assigned, by person id.
EMPLOYEE_NUMBERS: OptionalFact[Mapping[str, str]] = OptionalFact(code="employee_numbers", empty=MappingProxyType({}))
