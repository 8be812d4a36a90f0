"""Who has a line or a device, and whom an order is for."""

from collections.abc import Collection
from dataclasses import dataclass
from enum import StrEnum

UNASSIGNED = "Unassigned"


class HolderKind(StrEnum):
    PERSON = "person"
    SITE = "site"  # a place of the company whose lines belong to no person, such as a front desk or a vehicle
    NOBODY = "nobody"

    @property
    def label(self) -> str:
        """What pages and emails put before the name of a holder."""
        return {HolderKind.SITE: "Site", HolderKind.NOBODY: "User"}.get(self, "Employee")


@dataclass(frozen=True, kw_only=True)
class Holder:
    """`id` is None for NOBODY only."""

    kind: HolderKind
    id: str | None = None

    def __post_init__(self) -> None:
        if (self.id is None) is not (self.kind is HolderKind.NOBODY):
            raise ValueError(f"the id of a {self.kind} is {self.id!r}")

    @classmethod
    def of(cls, *, person_id: str | None = None, site_id: str | None = None) -> "Holder":
        """The person or the site with this id; without an id, nobody. Raises ValueError for both."""
        if person_id is not None and site_id is not None:
            raise ValueError(f"held by the person {person_id} and by the site {site_id}")
        if site_id is not None:
            return cls(kind=HolderKind.SITE, id=site_id)
        return NOBODY if person_id is None else cls(kind=HolderKind.PERSON, id=person_id)

    @property
    def person_id(self) -> str | None:
        """None if the holder is no person."""
        return self.id if self.kind is HolderKind.PERSON else None

    @property
    def site_id(self) -> str | None:
        """None if the holder is no site."""
        return self.id if self.kind is HolderKind.SITE else None


@dataclass(frozen=True, kw_only=True)
class NamedHolder:
    """A holder as people read it."""

    holder: Holder
    name: str = UNASSIGNED

    @property
    def kind(self) -> HolderKind:
        return self.holder.kind

    @property
    def id(self) -> str | None:
        return self.holder.id


NOBODY = Holder(kind=HolderKind.NOBODY)


def for_whom(holders: Collection[Holder], requester_id: str) -> Holder:
    """The default beneficiary of an order about lines or devices: their holder; else the requester.

    It is the requester if not all have the same holder.
    """
    return next(iter(holders)) if len(set(holders)) == 1 else Holder.of(person_id=requester_id)
