"""All received emails: in memory for the pages, and in files to survive a restart."""

import fnmatch
import json
from datetime import UTC, datetime
from pathlib import Path

from demo.inbox.received_email import ReceivedEmail


class Mailbox:
    """Keeps two files per email: `<id>.eml` as received, and `<id>.json` with the SMTP envelope.

    `rejections` maps address patterns (`*@slow.example.com`) to the SMTP code to answer, such as 451 (try again
    later) or 550 (no such mailbox).
    """

    def __init__(self, directory: Path) -> None:
        directory.mkdir(parents=True, exist_ok=True)
        self.rejections: dict[str, int] = {}
        self._directory = directory
        self._emails = {email.id: email for email in map(_load, sorted(directory.glob("*.json")))}
        self._last_id = max(self._emails, default=0)

    def add(self, *, sender: str, recipients: tuple[str, ...], raw: bytes) -> ReceivedEmail:
        """Store an email; the envelope is written last, so that an interrupted write leaves no email."""
        self._last_id += 1
        received = datetime.now(UTC)
        email = ReceivedEmail(id=self._last_id, received_at=received, sender=sender, recipients=recipients, raw=raw)
        envelope = {"received_at": received.isoformat(), "sender": sender, "recipients": recipients}
        path = self._directory / f"{email.id:06d}"
        path.with_suffix(".eml").write_bytes(raw)
        path.with_suffix(".json").write_text(json.dumps(envelope))
        self._emails[email.id] = email
        return email

    def get(self, number: int) -> ReceivedEmail | None:
        return self._emails.get(number)

    def newest_first(self, to: str | None = None) -> list[ReceivedEmail]:
        """All emails, or those to an address (or to the part before its @)."""
        return [email for email in reversed(self._emails.values()) if not to or email.is_to(to)]

    def clear(self) -> None:
        """Delete all emails; their ids are not used again before a restart."""
        for number in self._emails:
            path = self._directory / f"{number:06d}"
            path.with_suffix(".json").unlink()
            path.with_suffix(".eml").unlink()
        self._emails.clear()

    def rejection_code(self, address: str) -> int | None:
        return next(
            (code for pattern, code in self.rejections.items() if fnmatch.fnmatch(address.lower(), pattern)), None
        )


def _load(path: Path) -> ReceivedEmail:
    envelope = json.loads(path.read_text())
    return ReceivedEmail(
        id=int(path.stem),
        received_at=datetime.fromisoformat(envelope["received_at"]),
        sender=envelope["sender"],
        recipients=tuple(envelope["recipients"]),
        raw=path.with_suffix(".eml").read_bytes(),
    )
