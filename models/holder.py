"""Who has a line or a device."""

from dataclasses import dataclass
from enum import StrEnum


class HolderKind(StrEnum):
    PERSON = "person"
    NOBODY = "nobody"


@dataclass(frozen=True, kw_only=True)
class Holder:
    """`id` is None for NOBODY only."""

    kind: HolderKind
    id: str | None = None

    def __post_init__(self) -> None:
        if (self.id is None) is not (self.kind is HolderKind.NOBODY):
            raise ValueError(f"the id of a {self.kind} is {self.id!r}")

    @classmethod
    def of_person(cls, person_id: str | None) -> "Holder":
        """The person with this id; without an id, nobody."""
        return NOBODY if person_id is None else cls(kind=HolderKind.PERSON, id=person_id)

    @property
    def person_id(self) -> str | None:
        """None if the holder is no person."""
        return self.id if self.kind is HolderKind.PERSON else None


NOBODY = Holder(kind=HolderKind.NOBODY)
