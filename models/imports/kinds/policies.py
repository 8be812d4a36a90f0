from collections.abc import Iterator, Mapping
from dataclasses import fields, replace
from datetime import time
from decimal import Decimal
from types import NoneType
from typing import Any, Literal, get_args, get_origin, get_type_hints

from models.cell_type import (
    MONEY,
    TIME_OF_DAY,
    TIME_ZONE,
    YES_OR_NO,
    CellType,
    by_name,
    one_of,
    several,
    text,
    whole_number,
    words,
)
from models.facts import Policy
from models.imports.kind import Column, ImportKind, Texts, Wrong

_LINE = text(100)
_SIMPLE: Mapping[Any, CellType] = {
    bool: YES_OR_NO,
    int: whole_number(0, 100_000),
    Decimal: MONEY,
    str: _LINE,
    time: TIME_OF_DAY,
}


def _type(hint: Any) -> CellType:
    parts = [part for part in get_args(hint) if part not in {NoneType, ...}]
    if get_origin(hint) is Literal:
        return one_of(*parts)
    if get_origin(hint) is tuple:
        return several(_SIMPLE[parts[0]])
    if get_origin(hint) is Mapping:
        return by_name(words(_LINE) if get_origin(parts[1]) is tuple else _LINE)
    return _SIMPLE[parts[0] if parts else hint]


_HINTS = get_type_hints(Policy)
_SETTINGS = tuple(one.name for one in fields(Policy) if one.name != "version")
_TYPES = {name: _type(_HINTS[name]) for name in _SETTINGS} | {"time_zone": TIME_ZONE}


def _check(texts: Texts) -> Iterator[Wrong]:
    setting = texts.get("setting", "")
    value = _VALUE.parse(texts.get("value", ""), texts)
    if value is None and NoneType not in get_args(_HINTS[setting]):
        yield Wrong(column="value", detail="Enter a value; this setting can't be empty.")
        return
    try:
        replace(Policy(), **{setting: value})
    except ValueError as error:
        yield Wrong(column="value", detail=str(error))


_VALUE = Column(
    name="value",
    help="Its value: a number, an amount, a time, yes or no, or several of them.",
    type=_LINE,
    types=_TYPES,
    types_by="setting",
    example="1000.00",
)
POLICIES = ImportKind(
    code="policies",
    title="Policy",
    noun="setting",
    about="The rules of the company, one setting in each row. Importing it makes a new version of the policy.",
    table="policy",
    is_document=True,
    key=("setting",),
    after=("catalog",),
    check=_check,
    columns=(
        Column(
            name="setting",
            help="Name of the setting, as exported.",
            type=one_of(*_SETTINGS),
            required=True,
            example="threshold",
        ),
        _VALUE,
    ),
)
