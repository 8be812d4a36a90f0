"""All received mails: in memory for the pages, in files so that a restart keeps them."""

import fnmatch
import json
from datetime import UTC, datetime
from pathlib import Path

from demo.inbox.mail import Mail


class Mailbox:
    """The mails of a directory, two files each: `<id>.eml` as it came, `<id>.json` with the envelope.

    `refusals` maps patterns of addresses (`*@slow.example.com`) to the SMTP code they are answered
    with, such as 451 (try again later) or 550 (no such mailbox).
    """

    def __init__(self, directory: Path) -> None:
        directory.mkdir(parents=True, exist_ok=True)
        self.refusals: dict[str, int] = {}
        self._directory = directory
        self._mails = {mail.id: mail for mail in map(_load, sorted(directory.glob("*.json")))}
        self._last_id = max(self._mails, default=0)

    def add(self, *, sender: str, recipients: tuple[str, ...], raw: bytes) -> Mail:
        """Keep a mail; the envelope is written last, so that a mail is whole or not there."""
        self._last_id += 1
        received = datetime.now(UTC)
        mail = Mail(id=self._last_id, received_at=received, sender=sender, recipients=recipients, raw=raw)
        envelope = {"received_at": received.isoformat(), "sender": sender, "recipients": recipients}
        path = self._directory / f"{mail.id:06d}"
        path.with_suffix(".eml").write_bytes(raw)
        path.with_suffix(".json").write_text(json.dumps(envelope))
        self._mails[mail.id] = mail
        return mail

    def get(self, number: int) -> Mail | None:
        """Return one mail."""
        return self._mails.get(number)

    def newest_first(self, to: str | None = None) -> list[Mail]:
        """Return the mails, or those to one address (or to the name before its @)."""
        return [mail for mail in reversed(self._mails.values()) if not to or mail.is_for(to)]

    def clear(self) -> None:
        """Throw all mails away; their numbers are not used again."""
        for number in self._mails:
            path = self._directory / f"{number:06d}"
            path.with_suffix(".json").unlink()
            path.with_suffix(".eml").unlink()
        self._mails.clear()

    def refusal(self, address: str) -> int | None:
        """Return the SMTP code with which mail to an address is refused, if it is."""
        matches = (code for pattern, code in self.refusals.items() if fnmatch.fnmatch(address.lower(), pattern))
        return next(matches, None)


def _load(path: Path) -> Mail:
    envelope = json.loads(path.read_text())
    return Mail(
        id=int(path.stem),
        received_at=datetime.fromisoformat(envelope["received_at"]),
        sender=envelope["sender"],
        recipients=tuple(envelope["recipients"]),
        raw=path.with_suffix(".eml").read_bytes(),
    )
