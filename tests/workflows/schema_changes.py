"""What a changed JSON schema no longer reads of the documents that were written under an earlier one."""

from collections.abc import Iterator, Mapping
from typing import Any

Schema = Mapping[str, Any]

_MISSING = object()
# What is compared member by member; everything else stays as it is.
_COMPARED = {
    "additionalProperties", "anyOf", "const", "default", "enum", "items", "prefixItems", "properties", "required",
}  # fmt: skip


def breaking_changes(recorded: Schema, current: Schema) -> list[str]:
    """Empty if the current schema only adds: optional fields, members of enums, and alternatives."""
    found = _changes("", _expanded(recorded, recorded), _expanded(current, current))
    return [change.removeprefix(".") for change in found]


def _expanded(schema: Any, root: Schema) -> Any:
    """The schema with definitions in place of references, so that a class can get another name."""
    if isinstance(schema, list):
        return [_expanded(one, root) for one in schema]
    if not isinstance(schema, Mapping):
        return schema
    if "$ref" in schema:
        beside = {key: value for key, value in schema.items() if key != "$ref"}
        return {**_expanded(root["$defs"][schema["$ref"].rpartition("/")[2]], root), **beside}
    return {key: _expanded(value, root) for key, value in schema.items() if key != "$defs"}


def _changes(place: str, old: Schema, new: Schema) -> Iterator[str]:
    """Each alternative of the old schema is compared with the one of the new schema that is most like it."""
    for one in old.get("anyOf", [old]):
        yield from min(([*_differences(place, one, other)] for other in new.get("anyOf", [new])), key=len)


def _differences(place: str, old: Schema, new: Schema) -> Iterator[str]:
    if _form(old) != _form(new):
        yield f"{place} is retyped"
        return
    yield from (f"{place} can't be {value} anymore" for value in _values(old) if value not in _values(new))
    yield from _fields_changed(place, old, new)
    inner, new_inner = _inner(old), _inner(new)
    for name, schema in inner.items():
        yield from _changes(f"{place}{name}", schema, new_inner[name])


def _form(schema: Schema) -> tuple[Schema, list[str], bool]:
    kind = {key: value for key, value in schema.items() if key not in _COMPARED}
    return kind, [*_inner(schema)], bool(_values(schema))


def _inner(schema: Schema) -> dict[str, Schema]:
    """The schemas of what a list or mapping contains."""
    found = {"[]": schema.get("items"), "{}": schema.get("additionalProperties")}
    found |= {f"[{index}]": one for index, one in enumerate(schema.get("prefixItems", ()))}
    return {name: {} if one is True else one for name, one in found.items() if one is not None}


def _values(schema: Schema) -> list[Any]:
    """The members of an enum; empty if any value is read."""
    values: list[Any] = schema.get("enum", [schema["const"]] if "const" in schema else [])
    return values


def _fields_changed(place: str, old: Schema, new: Schema) -> Iterator[str]:
    fields, new_fields = old.get("properties", {}), new.get("properties", {})
    required = {*new.get("required", ())} - {*old.get("required", ())}
    yield from (f"{place}.{name} is newly required" for name in sorted(required))
    yield from (f"{place}.{name} is removed" for name in fields if name not in new_fields)
    for name in (name for name in fields if name in new_fields):
        field, new_field = fields[name], new_fields[name]
        if name not in required and "default" in field and field["default"] != new_field.get("default", _MISSING):
            yield f"{place}.{name} has another default"
        yield from _changes(f"{place}.{name}", field, new_field)
