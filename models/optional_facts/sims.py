from collections.abc import Mapping
from types import MappingProxyType

from models.optional_fact import OptionalFact

# The id of the line that has the SIM now, by ICCID, for those ICCIDs in the order's answers that are on a line.
SIMS_IN_USE: OptionalFact[Mapping[str, str]] = OptionalFact(code="sims_in_use", empty=MappingProxyType({}))
