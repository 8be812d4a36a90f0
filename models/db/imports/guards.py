"""What a kind of file can't change although its cells are right, and what follows from what it changes."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from models.audit import AuditActor
from models.db.session import Session
from models.imports.kind import Key, Texts, Wrong


@dataclass(frozen=True, kw_only=True)
class ThingChange:
    """A thing before and after; `before` is empty for a new one, `after` for one that is removed.

    `undoes`: an import is taken back, not a file imported.
    """

    id: str
    key: Key
    before: Texts
    after: Texts
    undoes: bool = False

    def differs(self, *columns: str) -> bool:
        return any(self.before.get(name, "") != self.after.get(name, "") for name in columns)


class Guard(Protocol):
    async def lock(self, session: Session, tenant: str) -> None:
        """Hold what the refusals depend on until the transaction ends. The things of the file are locked afterwards."""

    async def refusals(
        self, session: Session, tenant: str, changes: Sequence[ThingChange], *, by: AuditActor
    ) -> Mapping[Key, Wrong]:
        """Why these changes of existing things are refused."""

    async def follow_up(
        self,
        session: Session,
        tenant: str,
        changes: Sequence[ThingChange],
        *,
        by: AuditActor,
        at: datetime,
        reason: str,
    ) -> None:
        """Do what belongs to changes that are saved."""


# By the code of the kind.
Guards = Mapping[str, Guard]
