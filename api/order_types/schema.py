"""Order types as JSON Schema, with the source of each default and an example."""

from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import Any

from pydantic import Field

from api.http.schemas import ResponseModel
from api.orders.schemas import OrderIn
from models import questions
from models.order_type import CancelWindow, OrderType
from models.question import Answerer, Asked, AskedAt, Question, Scope, Source
from policies import approval

DIALECT = "https://json-schema.org/draft/2020-12/schema"
# Where an answer comes from if the person gives none.
DEFAULT_SOURCES: Mapping[Source, str] = MappingProxyType(
    {
        Source.EMPLOYEE: "employee record",
        Source.LINE: "line",
        Source.CATALOG: "catalog",
        Source.POLICY: "policy",
        Source.CARRIER: "carrier",
    }
)


class TypeSummary(ResponseModel):
    """An order type in a list; `questions` counts the required answers."""

    code: str
    title: str
    family: str
    questions: int


class TypeForm(TypeSummary):
    """An order type with the JSON Schema of its order body.

    `approval_description` says who approves. In `schema` each answer names the source of its default
    (`x-default-from`). `late` are the questions that are asked after the order is submitted; `x-answered-by` says of
    whom.
    """

    approval: str
    approval_description: str
    cancel_window: CancelWindow
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
        cancel_window=order_type.cancel_window,
        steps=[step.kind for step in order_type.steps],
        variants=[{"question": one.question, "equals": one.equals} for one in order_type.variants],
        schema_=schema(order_type),
        late={asked.code: _property(asked) for asked in order_type.asked(AskedAt.LATE)},
        example=example(order_type),
    )


def schema(order_type: OrderType) -> dict[str, Any]:
    """The JSON Schema of `POST /api/v1/orders` for this type."""
    asked = order_type.asked(AskedAt.SUBMIT)
    by_item = [one for one in asked if questions.find(one.code).scope is Scope.ITEM]
    envelope = OrderIn.model_json_schema()
    properties = {
        **envelope["properties"],
        "type": {"const": order_type.code},
        "answers": _answers(asked, "Answers for the whole order, and defaults for every item."),
        "items": {
            "type": "array",
            "minItems": 1,
            "items": _answers(by_item, "Answers that differ for this line."),
            "description": "One entry for each line. Default: one line.",
        },
    }
    return {
        "$schema": DIALECT,
        "title": order_type.texts.title,
        "type": "object",
        "required": ["type"],
        "properties": properties,
        "additionalProperties": False,
        "$defs": envelope.get("$defs", {}),
    }


def example(order_type: OrderType) -> dict[str, Any]:
    """The smallest valid body: the required answers only."""
    answers = {asked.code: questions.find(asked.code).example for asked in order_type.required()}
    return {"type": order_type.code, "answers": answers}


def _summary(order_type: OrderType) -> dict[str, Any]:
    return {
        "code": order_type.code,
        "title": order_type.texts.title,
        "family": order_type.family,
        "questions": len(order_type.required()),
    }


def _answers(all_asked: Iterable[Asked], description: str) -> dict[str, Any]:
    return {
        "type": "object",
        "description": description,
        "properties": {asked.code: _property(asked) for asked in all_asked},
        "additionalProperties": False,
    }


def _description(asked: Asked, question: Question[Any]) -> str:
    if asked.at is AskedAt.LATE or asked.who is Answerer.REQUESTER:
        return question.help
    return f"{question.help} Leave this out if the order is for someone else: we ask them once it's approved."


def _property(asked: Asked) -> dict[str, Any]:
    question = questions.find(asked.code)
    return {
        **question.type.schema,
        "title": question.label,
        "description": _description(asked, question),
        "examples": [question.example],
        "x-scope": question.scope,
        "x-default-from": DEFAULT_SOURCES.get(asked.by),
        "x-required": asked.required,
        "x-answered-by": asked.who,
        **({"writeOnly": True} if question.is_secret else {}),
    }
