"""The base of all request and answer bodies."""

import hashlib
import json
from typing import Any

from pydantic import BaseModel, ConfigDict, model_validator

from models.errors import InvalidRequest


class Body(BaseModel):
    """What somebody sends: unknown fields are mistakes, and every text can be stored."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    @model_validator(mode="before")
    @classmethod
    def _storable(cls, data: Any) -> Any:
        # Not a ValueError: pages that tell what is wrong with which field could not say with which.
        if not storable(data):
            raise InvalidRequest("Text may not contain NUL or unpaired surrogate characters.")
        return data


class View(BaseModel):
    """What we answer; read straight from rows and values of the same field names."""

    model_config = ConfigDict(from_attributes=True, frozen=True)


def storable(data: Any) -> bool:
    """Whether PostgreSQL can keep every text in a JSON document."""
    if isinstance(data, dict):
        return all(storable(key) and storable(value) for key, value in data.items())
    if isinstance(data, list):
        return all(storable(value) for value in data)
    if isinstance(data, float):
        return data - data == 0  # neither NaN nor an infinity
    return not isinstance(data, str) or not any(char == "\0" or "\ud800" <= char <= "\udfff" for char in data)


def fingerprint(document: Any) -> str:
    """A hash that is the same for the same content, whatever the order of its keys."""
    return hashlib.sha256(json.dumps(document, sort_keys=True).encode()).hexdigest()
