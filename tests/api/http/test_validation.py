"""The sentences for invalid fields."""

from enum import StrEnum
from typing import Annotated, Any, Literal

import pytest
from pydantic import BaseModel, Field, ValidationError

from api.http.validation import field_errors


class Size(StrEnum):
    SMALL = "small"
    LARGE = "large"


class Form(BaseModel):
    kind: Literal["red", "blue"] = "red"
    size: Size = Size.SMALL
    count: Annotated[int, Field(ge=1, le=9)] = 1
    names: Annotated[list[str], Field(max_length=2)] = []
    code: Annotated[str, Field(pattern="^[0-9]+$", max_length=4)] = "1"


@pytest.mark.parametrize(
    ("values", "sentence"),
    [
        ({"kind": "green"}, "Use 'red' or 'blue'."),
        ({"size": "huge"}, "Use 'small' or 'large'."),
        ({"count": "many"}, "Enter a whole number."),
        ({"count": 1.5}, "Enter a whole number."),
        ({"count": 0}, "Enter 1 or more."),
        ({"count": 10}, "Enter 9 or less."),
        ({"names": ["a", "b", "c"]}, "Use at most 2 entries."),
        ({"code": "12345"}, "Use at most 4 characters."),
        ({"code": "x{y}"}, "Enter a valid value."),
        ({"names": "a"}, "Enter a valid value."),
    ],
)
def test_an_invalid_value_gets_a_plain_sentence(values: dict[str, Any], sentence: str) -> None:
    with pytest.raises(ValidationError) as caught:
        Form(**values)
    (error,) = field_errors(caught.value.errors())
    assert error.detail == sentence
