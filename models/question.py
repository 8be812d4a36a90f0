"""Questions of orders, and how an order type uses them."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import KW_ONLY, dataclass
from datetime import date
from enum import StrEnum
from functools import partial
from typing import Any, Generic, TypeVar

from models import address, formatting
from models.answer_type import AnswerType, consent
from models.product import ProductKind

T = TypeVar("T")

# Shown in place of an answer of which nothing may be seen.
MASK = "•••"


class Scope(StrEnum):
    """Whether a question is asked once for the order or for each item."""

    ORDER = "order"
    ITEM = "item"


class Secrecy(StrEnum):
    """Who sees an answer in full; from one member to the next, fewer do."""

    PLAIN = "plain"  # everyone who sees the order
    PERSONAL = "personal"  # those the order is about, those who decide on it, and readers with the right to identifiers
    IDENTIFIER = "identifier"  # only readers with the right to identifiers, and never in an email
    SECRET = "secret"  # noqa: S105 - a word, no password; nobody: only the carrier gets it

    def includes(self, other: "Secrecy") -> bool:
        """Whether someone who sees answers of this secrecy sees those of the other."""
        ranks = list(Secrecy)
        return ranks.index(other) <= ranks.index(self)


class Tell(StrEnum):
    """How people are told the answer."""

    SUBJECT = "subject"  # by the title of the order or item
    HEADLINE = "headline"  # in the first line of the item
    DETAIL = "detail"  # as a detail, with the question's label
    NOTHING = "nothing"  # not at all: what follows from it is told
    CONSENT = "consent"  # by what it accepts, if that differs by order; otherwise no order is submitted without it


class AskedAt(StrEnum):
    SUBMIT = "submit"
    LATE = "late"  # with the activation, because the answer is unknown before
    NEVER = "never"  # the answer follows from the others; its default says how


class Source(StrEnum):
    """Where an answer comes from when the person gives none."""

    PERSON = "person"  # nowhere: the person must answer
    EMPLOYEE = "employee"
    LINE = "line"
    CATALOG = "catalog"
    POLICY = "policy"
    CARRIER = "carrier"
    CHECK = "check"  # nowhere: a check asks for it where the order needs it, and the form shows it only there
    NONE = "none"  # nowhere: the answer is optional


class Answerer(StrEnum):
    """Whose answer it is. At submit, only the requester can be asked; anyone else is asked afterwards."""

    REQUESTER = "requester"
    BENEFICIARY = "beneficiary"  # or the contact of the site that the order is for


@dataclass(frozen=True, kw_only=True)
class Question(Generic[T]):
    """A question of order types, asked and told in the same words everywhere.

    Attributes:
        example: an answer that parses; the form's texts and the API's examples use it.
        product: the kind of the products that the answer names.
        adds_to: where the line has what the answer adds to, such as `line.features`; what it has is not offered.
        ends: where the line has what the answer ends; only that is offered, and the line no longer pays for it.
        priced: whether what an order costs depends on the answer, although it names no product.
        fits: the codes of the questions whose products they must be compatible with.
        with_required: whether the answer also gets what the item's other products require.
        replaces: where a NamedLine has what the answer replaces, such as `line.plan`.
        exclusive: whether a check refuses an answer that another open order has; orders with the same answer are
            submitted one after the other.
        invalid_code: the code of the error of an answer that doesn't parse.
        accepts: for a consent to something that this order costs the line, from the answers and what they replace;
            approvers read it with the name of who accepted it. A consent that every order of the type requires has
            none.
        agrees_to: for a consent that someone else than the requester may have to give, what it is to: it completes
            "Waiting for Ben Ortiz to accept …". The tenant can publish a text for it.
    """

    code: str
    label: str
    help: str
    type: AnswerType[T]
    example: Any
    scope: Scope = Scope.ITEM
    secrecy: Secrecy = Secrecy.PLAIN
    tell: Tell = Tell.DETAIL
    product: ProductKind | None = None
    priced: bool = False
    fits: tuple[str, ...] = ()
    with_required: bool = False
    replaces: str = ""
    adds_to: str = ""
    ends: str = ""
    exclusive: bool = False
    invalid_code: str = "ANSWER_INVALID"
    accepts: Callable[[Mapping[str, Any], Mapping[str, Any]], Sequence[str]] | None = None
    agrees_to: str = ""

    def __post_init__(self) -> None:
        """Raises ValueError for a secret that is no text, or that a title or the inventory would tell."""
        schema = self.type.schema if self.is_secret else {}
        is_text = schema.get("type") == "string" and "enum" not in schema
        if self.is_secret and (not is_text or self.tell is not Tell.DETAIL or self._is_compared):
            raise ValueError(f"{self.code}: a secret is a text, told as a detail, and compared with nothing else")

    @property
    def _is_compared(self) -> bool:
        """Whether the answer is compared with the catalog, the inventory or other orders."""
        return bool(self.product or self.replaces or self.exclusive)

    def parse(self, value: Any) -> T:
        """The answer in the form that the rules read. Raises ValueError with a sentence for the person."""
        return self.type.parse(value)

    def of(self, answers: Mapping[str, Any]) -> T | None:
        """This question's answer, in stored form."""
        return answers.get(self.code)

    @property
    def is_secret(self) -> bool:
        """Whether nobody but the carrier sees the answer."""
        return self.secrecy is Secrecy.SECRET

    @property
    def is_consent(self) -> bool:
        """Whether `true` is the only valid answer."""
        return self.tell is Tell.CONSENT

    @property
    def is_closed(self) -> bool:
        """Whether the answers are a closed set."""
        return "enum" in self.type.schema or self.type.schema.get("type") == "boolean"

    def visible(self, answer: Any, up_to: Secrecy) -> Any:
        """The answer for a reader who sees answers of this secrecy in full; nothing of a secret, to any reader.

        Otherwise the last four characters of an identifier, the city, state and country of an address, or nothing of
        other personal data.
        """
        if self.is_secret:
            return MASK
        if up_to.includes(self.secrecy):
            return answer
        if self.secrecy is Secrecy.IDENTIFIER:
            return formatting.mask(answer)
        return address.without_street(answer) if isinstance(answer, Mapping) else MASK

    def word(self, answer: Any) -> str:
        """The label of one answer of a closed set."""
        return self.type.word(answer)

    def text(self, answer: Any, names: Mapping[str, str]) -> str:
        """The answer for people; `names` is by SKU, line id or other reference."""
        if isinstance(answer, list):
            return ", ".join(names.get(reference, str(reference)) for reference in answer)
        if isinstance(answer, Mapping):
            return address.in_one_line(answer)
        if self.type.schema.get("format") == "date":
            return formatting.day(date.fromisoformat(answer))
        return self.word(answer) if self.is_closed else names.get(str(answer), str(answer))


# A question that people answer by agreeing: nothing else is an answer.
Consent = partial(Question[bool], type=consent(), example=True, tell=Tell.CONSENT, invalid_code="ACK_REQUIRED")


@dataclass(frozen=True)
class Asked:
    """How an order type uses a question: `by` is where the answer comes from when the person gives none."""

    code: str
    _: KW_ONLY
    by: Source = Source.PERSON
    at: AskedAt = AskedAt.SUBMIT
    who: Answerer = Answerer.REQUESTER

    @property
    def required(self) -> bool:
        """Whether a person must answer when it is asked."""
        return self.by is Source.PERSON

    @property
    def has_default(self) -> bool:
        """Whether Dialtone answers if the person does not."""
        return self.by not in {Source.PERSON, Source.CHECK, Source.NONE, Source.CARRIER}
