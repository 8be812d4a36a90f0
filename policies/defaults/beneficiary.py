"""Defaults from the beneficiary's employee record, and their only line."""

from collections.abc import Mapping
from typing import Any

from models.facts import Facts
from policies.default_answer import DefaultAnswer


def _area_code(facts: Facts, _: Mapping[str, Any]) -> str | None:
    phone = facts.beneficiary.phone
    return phone.removeprefix("+1")[:3] if phone else None


def _service_zip(facts: Facts, _: Mapping[str, Any]) -> str | None:
    return (facts.beneficiary.address or {}).get("postal_code")


def _ship_to(facts: Facts, _: Mapping[str, Any]) -> Mapping[str, str] | None:
    known = {name: value for name, value in (facts.beneficiary.address or {}).items() if value}
    return {"name": facts.beneficiary.name, **known} if known else None


def _line(facts: Facts, _: Mapping[str, Any]) -> str | None:
    return facts.own_line


AREA_CODE = DefaultAnswer(code="area_code", compute=_area_code)
SERVICE_ZIP = DefaultAnswer(code="service_zip", compute=_service_zip)
SHIP_TO = DefaultAnswer(code="ship_to", compute=_ship_to, replaceable="name")
LINE = DefaultAnswer(code="line", compute=_line)
