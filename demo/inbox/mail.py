"""One received mail: what the sender said on the wire, and the parts its MIME structure holds."""

from dataclasses import dataclass
from datetime import datetime
from email import message_from_bytes
from email.message import EmailMessage, MIMEPart
from email.policy import default
from functools import cached_property


@dataclass(frozen=True, kw_only=True)
class Attachment:
    """A file that came with a mail."""

    filename: str
    content_type: str
    content: bytes


@dataclass(frozen=True, kw_only=True)
class Mail:
    """A mail as it arrived: `raw` is byte for byte what was sent, the addresses are the envelope's."""

    id: int
    received_at: datetime
    sender: str
    recipients: tuple[str, ...]
    raw: bytes

    @property
    def subject(self) -> str:
        """The subject, decoded."""
        return str(self._message.get("subject", "(no subject)"))

    @property
    def headers(self) -> list[tuple[str, str]]:
        """All headers in their order, decoded."""
        return [(name, str(value)) for name, value in self._message.items()]

    @cached_property
    def text(self) -> str | None:
        """The plain text part, lines ended the way programs on this machine expect."""
        text = self._body("plain")
        return text and text.replace("\r\n", "\n")

    @cached_property
    def html(self) -> str | None:
        """The HTML part."""
        return self._body("html")

    @cached_property
    def attachments(self) -> list[Attachment]:
        """The files that came with it."""
        return [
            Attachment(
                filename=part.get_filename() or f"part-{number}",
                content_type=part.get_content_type(),
                content=_content(part),
            )
            for number, part in enumerate(self._message.iter_attachments(), 1)
        ]

    def is_for(self, who: str) -> bool:
        """Tell whether an address, or the name before its @, is among the recipients."""
        wanted = who.strip().lower()
        return any(wanted in (address.lower(), address.lower().split("@")[0]) for address in self.recipients)

    @cached_property
    def _message(self) -> EmailMessage:
        message = message_from_bytes(self.raw, policy=default)
        assert isinstance(message, EmailMessage)
        return message

    def _body(self, kind: str) -> str | None:
        part = self._message.get_body((kind,))
        if part is None:
            return None
        try:
            return str(part.get_content())
        except LookupError:  # a character set Python does not know
            return _content(part).decode("utf-8", "replace")


def _content(part: MIMEPart) -> bytes:
    """Return a part's bytes; a mail attached to a mail is its own text."""
    payload = part.get_payload(decode=True)
    return payload if isinstance(payload, bytes) else b"".join(item.as_bytes() for item in part.iter_parts())
