"""The questions of an order type as form fields."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from types import MappingProxyType
from typing import Any, NamedTuple

from api.order_form.parsing import value_at
from models.errors import FieldError
from models.question import Asked, Question, Source, Tell

_MAX_RADIO_BUTTONS = 4
_FORM_VALUES = MappingProxyType({True: "yes", False: "no"})


class Widget(StrEnum):
    """How a field is filled in; `order_form/fields.html` shows each."""

    TEXT = "text"
    DATE = "date"
    RADIO = "radio"
    SELECT = "select"
    CHECKBOXES = "checkboxes"
    CHECKBOX = "checkbox"
    GROUP = "group"  # several text fields, such as an address
    SECRET = "secret"  # noqa: S105 - a word, no password; text that is hidden while it is typed, and never filled in


class Option(NamedTuple):
    """A choice; `note` is shown at the end of its line, such as a price."""

    value: str
    label: str
    note: str = ""


class TextShown(NamedTuple):
    """The text that a consent is about, in the version that the form links to."""

    question: str
    title: str
    version: int


class Default(NamedTuple):
    """The answer that is used when the field stays empty: as the form sends it, and as text."""

    value: str
    text: str


@dataclass(frozen=True, kw_only=True)
class Field:
    """`path` names the field in the form and in errors; `prefilled` fields are shown further down.

    `unfolded`: its checkboxes are shown at once. `digits`: phones offer the keyboard with digits.
    """

    path: str
    label: str
    help: str
    widget: Widget
    required: bool = False
    value: Any = None
    options: tuple[Option, ...] = ()
    parts: tuple["Field", ...] = ()
    error: str | None = None
    default: Default | None = None
    prefilled: bool = False
    unfolded: bool = False
    digits: bool = False
    text: TextShown | None = None

    @property
    def id(self) -> str:
        """The ID of the field's element."""
        return self.path.replace(".", "-")

    @property
    def chosen(self) -> list[str]:
        """The chosen options as the form sends them."""
        values = self.value if isinstance(self.value, list) else [self.value]
        return [form_value(value) for value in values if value is not None]

    @property
    def choices(self) -> tuple[Option, ...]:
        """The options. The default is marked and sent as an empty field, so that it can still change."""
        if self.default is None or self.default.value in self.chosen:
            return self.options
        default = self.default.value
        return tuple(
            option._replace(value="", label=f"{option.label} (default)") if option.value == default else option
            for option in self.options
        )

    @property
    def select_options(self) -> list[tuple[str, str]]:
        """Values and labels; an empty one first if the field can be left empty."""
        listed = [(option.value, " · ".join(filter(None, option[1:]))) for option in self.choices]
        if (self.required and self.chosen) or any(not value for value, _ in listed):
            return listed
        article = "an" if self.label[:1] in "AEIOU" else "a"
        name = f"{article} {self.label.lower()}" if self.label.isalpha() else "an option"
        return [("", f"{self.default.text} (default)" if self.default else f"Select {name}"), *listed]

    @property
    def hint(self) -> str:
        """The help, and what an empty field means."""
        has_text_input = self.widget in {Widget.TEXT, Widget.DATE, Widget.GROUP}
        default = f"Default: {self.default.text}." if has_text_input and self.default and self.value is None else ""
        return " ".join(filter(None, [self.help, default]))


def form_value(answer: Any) -> str:
    """An answer as a form sends it."""
    return _FORM_VALUES[answer] if isinstance(answer, bool) else str(answer)


@dataclass(frozen=True, kw_only=True)
class FormState:
    """What is known about the form while it is filled in; errors and defaults are by path, names by reference.

    `numbers` are those by which lines and devices are typed, by their IDs; `ids` the IDs by what was typed.

    `strict` shows all errors, also those of fields that the person has not filled in.
    """

    body: Mapping[str, Any]
    strict: bool = False
    options: Mapping[str, tuple[Option, ...]] = field(default_factory=lambda: MappingProxyType({}))
    errors: Mapping[str, FieldError] = field(default_factory=lambda: MappingProxyType({}))
    defaults: Mapping[str, Default] = field(default_factory=lambda: MappingProxyType({}))
    names: Mapping[Any, str] = field(default_factory=lambda: MappingProxyType({}))
    numbers: Mapping[Any, str] = field(default_factory=lambda: MappingProxyType({}))
    ids: Mapping[Any, str] = field(default_factory=lambda: MappingProxyType({}))

    def error(self, path: str) -> str | None:
        """What to tell at a field: nothing, as long as the person has entered nothing that could be wrong."""
        error = self.errors.get(path)
        return error.detail if error and (self.strict or value_at(self.body, path) is not None) else None


def field_of(question: Question[Any], asked: Asked, place: str, state: FormState) -> Field:
    """`place` is `answers` or `items.N`."""
    path = f"{place}.{question.code}"
    options = state.options.get(question.code) or _enumerated(question)
    default, error = state.defaults.get(path), state.error(path)
    if_needed = asked.by is Source.CHECK or (question.is_consent and not asked.required)
    value = value_at(state.body, path)
    # An optional answer that an order lacks is needed after all.
    is_optional = if_needed or (asked.by is Source.NONE and value is None)
    wanted = state.errors.get(path) if is_optional else None
    is_answered = asked.by is Source.CHECK and value is not None
    return Field(
        path=path,
        label=question.label,
        help=_help(question, wanted if not error else None, options),
        widget=_widget(question, asked, options),
        # What a check has wanted is still needed once it is answered.
        required=asked.required or wanted is not None or is_answered or (asked.has_default and default is None),
        value=value,
        options=options,
        parts=_parts(question.type.schema, path, state),
        error=error,
        default=default,
        prefilled=default is not None and question.tell in {Tell.DETAIL, Tell.NOTHING} and not question.replaces,
        unfolded=bool(question.adds_to or question.ends),
        digits=str(question.example).isdecimal(),
    )


def _help(question: Question[Any], wanted: FieldError | None, options: tuple[Option, ...]) -> str:
    """What a check wants consent for, such as the features that end; how something is typed only if it is typed."""
    if wanted and question.is_consent:
        return wanted.detail
    return "" if options and question.tell is Tell.SUBJECT else question.help


def refilled(field: Field, body: Mapping[str, Any], errors: Mapping[str, str]) -> Field:
    """The field as it was sent, with its error."""
    parts = tuple(refilled(part, body, errors) for part in field.parts)
    return replace(field, value=value_at(body, field.path), error=errors.get(field.path), parts=parts)


def _widget(question: Question[Any], asked: Asked, options: tuple[Option, ...]) -> Widget:
    schema = question.type.schema
    if question.is_secret:
        return Widget.SECRET
    if schema["type"] == "object":
        return Widget.GROUP
    if schema["type"] == "array":
        return Widget.CHECKBOXES
    if question.is_consent or (schema["type"] == "boolean" and asked.by is Source.NONE):
        return Widget.CHECKBOX  # not checked is not answered
    if options:
        return Widget.RADIO if len(options) <= _MAX_RADIO_BUTTONS else Widget.SELECT
    return Widget.DATE if schema.get("format") == "date" else Widget.TEXT


def _enumerated(question: Question[Any]) -> tuple[Option, ...]:
    schema = question.type.schema
    if schema["type"] == "boolean":
        return tuple(Option(value=form_value(answer), label=question.word(answer)) for answer in (True, False))
    return tuple(Option(value=value, label=question.word(value)) for value in schema.get("enum", ()))


def _parts(schema: Mapping[str, Any], path: str, state: FormState) -> tuple[Field, ...]:
    return tuple(
        Field(
            path=f"{path}.{name}",
            label=part["title"],
            help="",
            widget=Widget.TEXT,
            value=value_at(state.body, f"{path}.{name}"),
        )
        for name, part in schema.get("properties", {}).items()
    )
