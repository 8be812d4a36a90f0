"""Order types as JSON Schema, with the source of each default and an example."""

from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import Any

from pydantic import Field

from api.http.schemas import ResponseModel
from api.orders.schemas import OrderIn
from models.asks import QUESTIONS, Ask, Scope, Source, When
from models.order_type import OrderType
from policies import approval

DIALECT = "https://json-schema.org/draft/2020-12/schema"
# Where an answer comes from if the person gives none.
DEFAULT_SOURCES: Mapping[Source, str] = MappingProxyType(
    {
        Source.EMPLOYEE: "employee record",
        Source.LINE: "line",
        Source.CATALOG: "catalog",
        Source.POLICY: "policy",
        Source.LAST_ORDER: "last order",
        Source.CARRIER: "carrier",
    }
)
_EXAMPLES: Mapping[Ask, Any] = MappingProxyType(
    {
        Ask.DEVICE: "IPHONE-17-256",
        Ask.PLAN: "NW-UNLIMITED",
        Ask.FEATURES: ["NW-ROAM-EU"],
        Ask.ACCESSORIES: ["CASE-IP17"],
        Ask.AREA_CODE: "312",
        Ask.SERVICE_ZIP: "60606",
        Ask.SHIP_TO: {
            "name": "Ann Lee",
            "line1": "200 West Adams Street",
            "city": "Chicago",
            "state": "IL",
            "postal_code": "60606",
        },
        Ask.LINE: "(312) 555-0142",
        Ask.RESUME_ON: "2027-03-01",
        Ask.IMEI: "490154203237518",
        Ask.ICCID: "89014103211118510720",
        Ask.EID: "89049032123451234512345678901235",
    }
)


class TypeSummary(ResponseModel):
    """An order type in a list; `questions` counts the required answers."""

    code: str
    title: str
    family: str
    module: str
    questions: int


class TypeForm(TypeSummary):
    """An order type with the JSON Schema of its order body.

    `approval_description` says who approves. In `schema` each answer names the source of its default
    (`x-default-from`). `late` are the questions that are asked after the order is submitted.
    """

    approval: str
    approval_description: str
    cancellable_until: str
    steps: list[str]
    variants: list[dict[str, Any]]
    schema_: dict[str, Any] = Field(serialization_alias="schema")
    late: dict[str, Any]
    example: dict[str, Any]


def type_summary(order_type: OrderType) -> TypeSummary:
    return TypeSummary(**_summary(order_type))


def form(order_type: OrderType) -> TypeForm:
    return TypeForm(
        **_summary(order_type),
        approval=order_type.approval,
        approval_description=approval.find(order_type.approval).description,
        cancellable_until=order_type.cancellable_until,
        steps=list(order_type.steps),
        variants=[{"ask": one.ask, "equals": one.equals} for one in order_type.variants],
        schema_=schema(order_type),
        late={ask.value: _property(order_type, ask) for ask in order_type.asked(When.LATE)},
        example=example(order_type),
    )


def schema(order_type: OrderType) -> dict[str, Any]:
    """The JSON Schema of `POST /api/v1/orders` for this type."""
    asks = order_type.asked(When.SUBMIT)
    by_item = [ask for ask in asks if QUESTIONS[ask].scope is Scope.ITEM]
    envelope = OrderIn.model_json_schema()
    properties = {
        **envelope["properties"],
        "type": {"const": order_type.code},
        "answers": _answers(order_type, asks, "Answers for the whole order, and defaults for every item."),
        "items": {
            "type": "array",
            "minItems": 1,
            "items": _answers(order_type, by_item, "Answers that differ for this line."),
            "description": "One entry for each line. Default: one line.",
        },
    }
    return {
        "$schema": DIALECT,
        "title": order_type.title,
        "type": "object",
        "required": ["type"],
        "properties": properties,
        "additionalProperties": False,
        "$defs": envelope.get("$defs", {}),
    }


def example(order_type: OrderType) -> dict[str, Any]:
    """The smallest valid body: the required answers only."""
    return {"type": order_type.code, "answers": {ask.value: _example(ask) for ask in order_type.typed()}}


def _summary(order_type: OrderType) -> dict[str, Any]:
    return {
        "code": order_type.code,
        "title": order_type.title,
        "family": order_type.family,
        "module": order_type.module,
        "questions": len(order_type.typed()),
    }


def _answers(order_type: OrderType, asks: Iterable[Ask], description: str) -> dict[str, Any]:
    return {
        "type": "object",
        "description": description,
        "properties": {ask.value: _property(order_type, ask) | {"examples": [_example(ask)]} for ask in asks},
        "additionalProperties": False,
    }


def _property(order_type: OrderType, ask: Ask) -> dict[str, Any]:
    question, typed = QUESTIONS[ask], ask in order_type.typed()
    return {
        **question.schema,
        "title": question.label,
        "description": question.help,
        "x-scope": question.scope,
        "x-default-from": None if typed else DEFAULT_SOURCES.get(question.default),
        "x-required": typed,
    }


def _example(ask: Ask) -> Any:
    schema = QUESTIONS[ask].schema
    if "const" in schema:
        return schema["const"]
    if "enum" in schema:
        return schema["enum"][0]
    return _EXAMPLES.get(ask, True if schema.get("type") == "boolean" else "")
