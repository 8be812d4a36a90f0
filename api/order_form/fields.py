"""The questions of an order type as fields of a form: how each is asked, with which choices, and who answers else."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from types import MappingProxyType
from typing import Any, NamedTuple

from api.order_form.parsing import value
from models.asks import QUESTIONS, Ask, Question, Source

_FEW = 4
_SENT = MappingProxyType({True: "yes", False: "no"})


class Widget(StrEnum):
    """How a field is filled in; each has one macro in `templates/ordering/fields.html`."""

    TEXT = "text"
    DATE = "date"
    ONE = "one"  # one of a few, all in sight
    LIST = "list"  # one of many
    SOME = "some"  # any of several
    TICK = "tick"  # yes, or nothing
    GROUP = "group"  # several texts that belong together


class Option(NamedTuple):
    """One choice: what is sent, what is read, and what stands at the end of its line, such as a price."""

    value: str
    words: str
    end: str = ""


@dataclass(frozen=True, kw_only=True)
class Field:
    """One field. `path` names it in the form and in errors; `otherwise` is the answer if it stays empty."""

    path: str
    label: str
    help: str
    widget: Widget
    required: bool = False
    value: Any = None
    options: tuple[Option, ...] = ()
    parts: tuple["Field", ...] = ()
    error: str | None = None
    otherwise: str | None = None

    @property
    def id(self) -> str:
        """The id of its element on the page."""
        return self.path.replace(".", "-")

    @property
    def chosen(self) -> list[str]:
        """What is chosen, as it is sent."""
        said = self.value if isinstance(self.value, list) else [self.value]
        return [_SENT.get(one, str(one)) for one in said if one is not None]

    @property
    def hint(self) -> str:
        """What helps to answer: what is meant, and what holds if nothing is said."""
        untold = self.otherwise if self.value is None and self.widget is not Widget.TICK else None
        return " ".join(part for part in (self.help, f"Left empty: {untold}." if untold else "") if part)


@dataclass(frozen=True, kw_only=True)
class FormState:
    """What is known about a form while it is filled in, by path: what was said, what is wrong, who answers else."""

    body: Mapping[str, Any]
    choices: Mapping[Ask, tuple[Option, ...]]
    errors: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    defaults: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))


def of_ask(ask: Ask, place: str, filling: FormState) -> Field:
    """Return the field for a question; `place` is `answers` or `items.N`."""
    question, path = QUESTIONS[ask], f"{place}.{ask}"
    options = filling.choices.get(ask) or _enumerated(question)
    return Field(
        path=path,
        label=question.label,
        help=question.help,
        widget=_widget(question, options),
        required=question.typed,
        value=value(filling.body, path),
        options=options,
        parts=_parts(question.schema, path, filling),
        error=filling.errors.get(path),
        otherwise=filling.defaults.get(path),
    )


def answered_for(ask: Ask) -> bool:
    """Whether somebody else usually answers, so that the form need not put the question first."""
    return QUESTIONS[ask].default not in {Source.PERSON, Source.NONE} and ask not in {Ask.PLAN, Ask.LINE}


def _widget(question: Question, options: tuple[Option, ...]) -> Widget:
    schema = question.schema
    if schema["type"] == "object":
        return Widget.GROUP
    if schema["type"] == "array":
        return Widget.SOME
    if schema["type"] == "boolean" and (question.typed or question.default is Source.NONE):
        return Widget.TICK
    if options:
        return Widget.ONE if len(options) <= _FEW else Widget.LIST
    return Widget.DATE if schema.get("format") == "date" else Widget.TEXT


def _enumerated(question: Question) -> tuple[Option, ...]:
    if question.schema["type"] == "boolean" and not question.typed:
        return Option(value="yes", words="Yes"), Option(value="no", words="No")
    return tuple(Option(value=one, words=question.said(one)) for one in question.schema.get("enum", ()))


def _parts(schema: Mapping[str, Any], path: str, filling: FormState) -> tuple[Field, ...]:
    return tuple(
        Field(
            path=f"{path}.{part}",
            label=_PART_LABELS.get(part, part.replace("_", " ").capitalize()),
            help="",
            widget=Widget.TEXT,
            value=value(filling.body, f"{path}.{part}"),
        )
        for part in schema.get("properties", ())
    )


_PART_LABELS = MappingProxyType(
    {"line1": "Street and number", "line2": "Apartment, suite, floor", "postal_code": "ZIP"}
)
