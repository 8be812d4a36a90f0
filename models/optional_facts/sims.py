from collections.abc import Mapping
from types import MappingProxyType

from models.optional_fact import OptionalFact

# Those ICCIDs in the order's answers that are in service or in another open order, with the id of the line, "" if none.
SIMS_IN_USE: OptionalFact[Mapping[str, str]] = OptionalFact(code="sims_in_use", empty=MappingProxyType({}))
