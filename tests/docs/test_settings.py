"""docs/settings.md names every setting with its default, and none that there is not."""

import json
from typing import Any

import pytest
from pydantic import SecretStr
from pydantic.fields import FieldInfo

from models.settings import CarrierSettings, Settings
from tests.docs.pages import DOCS, table

ROWS = {row["variable"]: row for row in table(DOCS / "settings.md", "variable")}
FIELDS = {
    str(field.validation_alias or f"DIALTONE_{name.upper()}"): field for name, field in Settings.model_fields.items()
}


def _shown(field: FieldInfo) -> str:
    """A default as the table shows it."""
    if field.is_required():
        return "required"
    if _secret(field.default):
        return "built in, rejected in production"
    if field.default is None:
        return "none"
    return field.default if isinstance(field.default, str) else json.dumps(field.default)


def _secret(default: Any) -> bool:
    values = default.values() if isinstance(default, dict) else default
    return isinstance(default, dict | list) and any(isinstance(value, SecretStr) for value in values)


def test_every_setting_has_its_row_and_no_row_is_left_over() -> None:
    assert set(ROWS) == set(FIELDS)


@pytest.mark.parametrize("variable", sorted(FIELDS))
def test_the_row_shows_the_default(variable: str) -> None:
    assert ROWS[variable]["default"] == _shown(FIELDS[variable])


def test_every_setting_of_a_carrier_is_documented_with_its_default() -> None:
    documented = {row["field"]: row["default"] for row in table(DOCS / "settings.md", "field")}
    assert documented == {name: _shown(field) for name, field in CarrierSettings.model_fields.items()}
