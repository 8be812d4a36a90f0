"""The schemas of what Temporal and JSON columns keep.

They are found in the code: in the workflows and activities of the workers, and in what `models.db` decodes. What the
outbox keeps is the arguments and messages of workflows.
"""

import importlib
import json
import pkgutil
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any
from unittest.mock import Mock, patch

from pydantic import TypeAdapter
from temporalio import activity, workflow

import worker
from models import db
from models.facts import Policy
from tests.workflows.schema_changes import Schema, breaking_changes
from workflows.lifecycle import OrderWorkflow

WIRE = Path(__file__).parent / "wire"
# All order types take the same messages, so they share a recording.
ORDER = "ORDER"
# Tenants leave out what they don't change, and then today's rules apply.
DEFAULTS_MAY_CHANGE = {Policy}


def recording(name: str) -> Path:
    return WIRE / f"{name}.json"


def changes_since_recorded(name: str) -> list[str]:
    """What keeps the current code from reading all documents that were written under the recorded schema."""
    return breaking_changes(json.loads(recording(name).read_text()), schemas()[name])


@cache
def wire_types() -> Mapping[str, Mapping[str, Any]]:
    """The types on the wire by workflow or activity, and by part: its argument, its result, or a message."""
    found: dict[str, dict[str, Any]] = defaultdict(dict)
    workflows, activities = _registered()
    for workflow_class in workflows:
        definition = workflow._Definition.must_from_class(workflow_class)
        name = ORDER if issubclass(workflow_class, OrderWorkflow) else str(definition.name)
        for part, kind in _parts_of_workflow(definition):
            if found[name].setdefault(part, kind) != kind:
                raise ValueError(f"{definition.name}: {part} has another type than in other order types")
    for function in activities:
        one = activity._Definition.must_from_callable(function)
        found[str(one.name)] = {"argument": _only(one.arg_types), "result": one.ret_type}
    return found


def column_types() -> Iterator[Any]:
    """The types that `models.db` decodes from JSON columns."""
    for module in pkgutil.walk_packages(db.__path__, f"{db.__name__}."):
        if ".migrations" not in module.name:
            values = vars(importlib.import_module(module.name)).values()
            yield from (value._type for value in values if isinstance(value, TypeAdapter))


@cache
def schemas() -> Mapping[str, Schema]:
    """The current schema of each recording."""
    columns = {kind.__name__: {"document": kind} for kind in column_types()}
    return {name: schema_of(parts) for name, parts in {**wire_types(), **columns}.items()}


def as_text(document: Any) -> str:
    return json.dumps(document, indent=1, ensure_ascii=False) + "\n"


def _registered() -> tuple[list[type], list[Callable[..., Any]]]:
    with patch.object(worker, "Worker") as built:
        worker.build_workers(Mock(), Mock(), {"any": Mock()}, keyring=Mock(), task_queue="any", calls_per_second={})
    options = [call.kwargs for call in built.call_args_list]
    return (
        [one for kwargs in options for one in kwargs.get("workflows", ())],
        [one for kwargs in options for one in kwargs.get("activities", ())],
    )


def _parts_of_workflow(definition: workflow._Definition) -> Iterator[tuple[str, Any]]:
    yield "argument", _only(definition.arg_types)
    yield "result", definition.ret_type
    for name, signal in definition.signals.items():
        yield f"signal {name}", _only(signal.arg_types)
    for name, update in definition.updates.items():
        yield f"update {name}", _only(update.arg_types)
        yield f"result of update {name}", update.ret_type


def _only(types: Iterable[Any] | None) -> Any:
    """Raises ValueError unless there is one argument: it alone can get new fields."""
    (argument,) = types or ()
    return argument


def schema_of(parts: Mapping[str, Any]) -> Schema:
    """One schema of all parts, without what only people read."""
    adapters = [(part, "validation", TypeAdapter(kind)) for part, kind in sorted(parts.items())]
    found, definitions = TypeAdapter.json_schemas(adapters)  # type: ignore[arg-type]  # a literal in a list
    properties = {part: schema for (part, _), schema in found.items()}
    ignored = {"title", "description"} | ({"default"} if DEFAULTS_MAY_CHANGE & set(parts.values()) else set())
    schema: Schema = _without({"properties": properties, **definitions}, ignored)
    return schema


def _without(schema: Any, ignored: set[str]) -> Any:
    """The schema without these keywords; fields may have their names."""
    if isinstance(schema, list):
        return [_without(one, ignored) for one in schema]
    if not isinstance(schema, dict):
        return schema
    named = {key: schema[key] for key in ("properties", "$defs") if key in schema}
    kept = {key: _without(value, ignored) for key, value in schema.items() if key not in {*ignored, *named}}
    return kept | {key: {name: _without(one, ignored) for name, one in value.items()} for key, value in named.items()}
