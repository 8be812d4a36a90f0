"""The rules that Dialtone comes with: what carriers publish, with the page and the day on which it was read."""

import tomllib
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Any

from pydantic import TypeAdapter

from models.carrier_rule import CarrierRule

# The set whose rules hold for every carrier for which nothing else is known.
ANY_CARRIER = "any"
_FILE = Path(__file__).with_name("published.toml")
_RULE = TypeAdapter(CarrierRule)


def published_for(name: str) -> tuple[CarrierRule, ...]:
    """The rules of a set, oldest first; of an unknown set, there are none."""
    return _sets().get(name, ())


def published_sets() -> tuple[str, ...]:
    """The names of the sets."""
    return tuple(_sets())


@cache
def _sets() -> Mapping[str, tuple[CarrierRule, ...]]:
    found: dict[str, tuple[CarrierRule, ...]] = {}
    for document in tomllib.loads(_FILE.read_text())["rule"]:
        name = document.pop("set")
        found[name] = (*found.get(name, ()), _rule(document))
    return MappingProxyType(found)


def _rule(document: dict[str, Any]) -> CarrierRule:
    rule = _RULE.validate_python(document)
    if rule.value is not None:
        rule.kind.parse(rule.value)
        assert rule.unit in rule.kind.units or (rule.unit is None and not rule.kind.units), document
    assert rule.group.code == rule.reasons, document
    return rule
