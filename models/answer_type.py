"""Types of answers: each is one definition, of which both the JSON Schema and the parser are made."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from types import MappingProxyType
from typing import Annotated, Any, Generic, Literal, TypeVar

from pydantic import AfterValidator, Field, StringConstraints, TypeAdapter, ValidationError

from models import formatting

T = TypeVar("T")
Schema = Mapping[str, Any]
_NOT_A_DATE = "Enter a date like 2026-12-31."


@dataclass(frozen=True, kw_only=True)
class AnswerType(Generic[T]):
    """`annotation` is what pydantic makes both of; nothing is converted, so `"1"` is no number and `1` no boolean.

    `invalid` is the sentence for the person, unless a validator of the annotation raises its own. `words` labels the
    answers of a closed set where the value does not read well; those of booleans are `yes` and `no`.
    """

    annotation: Any
    invalid: str | Callable[[ValidationError], str]
    words: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))

    @cached_property
    def _adapter(self) -> TypeAdapter[T]:
        return TypeAdapter(self.annotation)

    @cached_property
    def schema(self) -> Schema:
        """A JSON Schema fragment. Its `format` names what a schema cannot express, such as a check digit."""
        return MappingProxyType(self._adapter.json_schema())

    def word(self, answer: Any) -> str:
        """The label of one answer of a closed set."""
        return _word(self.words, {True: "yes", False: "no"}.get(answer, str(answer)))

    def parse(self, value: Any) -> T:
        """The stored form. Raises ValueError with a sentence for the person.

        Without pydantic's error, which repeats the value.
        """
        try:
            return self._adapter.validate_python(value, strict=True)
        except ValidationError as error:
            raise ValueError(self._sentence(error)) from None

    def _sentence(self, error: ValidationError) -> str:
        own = next((one["ctx"]["error"] for one in error.errors() if one["type"] == "value_error"), None)
        if own is not None:
            return str(own)
        return self.invalid if isinstance(self.invalid, str) else self.invalid(error)


def _word(words: Mapping[str, str], value: str) -> str:
    return words.get(value) or formatting.humanize(value)


def text(pattern: str, invalid: str, parse: Callable[[str], str] = str, *, checks: str = "") -> AnswerType[str]:
    """Text that matches the whole pattern.

    `parse` returns the stored form. If it raises ValueError for a text that matches the pattern, `checks` says what
    it checks, as the schema's `format`.
    """
    extra: Any = {"format": checks} if checks else None
    constraints = StringConstraints(pattern=f"^{pattern}$")
    annotation = Annotated[str, constraints, AfterValidator(parse), Field(json_schema_extra=extra)]
    return AnswerType(annotation=annotation, invalid=invalid)


def one_of(*values: str, advice: str = "", **words: str) -> AnswerType[str]:
    """One of a closed set. The sentence has the words that people choose from and the advice, the schema the values."""
    labels = ", ".join(_word(words, value) for value in values)
    return AnswerType(
        annotation=Literal[values],
        invalid=f"Choose one of these: {labels}. {advice}".rstrip(),
        words=MappingProxyType(words),
    )


def calendar_day() -> AnswerType[str]:
    """A date, stored as ISO 8601 writes it: 2026-12-31."""
    return text("[0-9]{4}-[0-9]{2}-[0-9]{2}", _NOT_A_DATE, _iso_day, checks="date")


def _iso_day(value: str) -> str:
    try:
        return date.fromisoformat(value).isoformat()
    except ValueError as error:
        raise ValueError(_NOT_A_DATE) from error


def yes_or_no(**words: str) -> AnswerType[bool]:
    return AnswerType(annotation=bool, invalid="Enter true or false.", words=MappingProxyType(words))


def consent() -> AnswerType[bool]:
    """Only `true` is valid."""
    annotation = Annotated[bool, AfterValidator(_accepted), Field(json_schema_extra={"const": True})]
    return AnswerType(annotation=annotation, invalid="Accept this to continue.")


def _accepted(value: bool) -> bool:
    if not value:
        raise ValueError("Accept this to continue.")
    return value
