"""Values as they are on the wire, by the name of their golden input. Every field that may be left out is set in one.

A golden input is never changed: to set a new field, add a value.
"""

from collections.abc import Mapping
from types import MappingProxyType

from tests.workflows.golden_activities import ACTIVITIES
from tests.workflows.golden_messages import MESSAGES

GOLDEN: Mapping[str, object] = MappingProxyType({**MESSAGES, **ACTIVITIES})
