"""A received email and its parts."""

from dataclasses import dataclass
from datetime import datetime
from email import message_from_bytes
from email.message import EmailMessage, MIMEPart
from email.policy import default
from functools import cached_property


@dataclass(frozen=True, kw_only=True)
class Attachment:
    filename: str
    content_type: str
    content: bytes


@dataclass(frozen=True, kw_only=True)
class ReceivedEmail:
    """`raw` is byte for byte what was sent; the addresses are those of the SMTP envelope."""

    id: int
    received_at: datetime
    sender: str
    recipients: tuple[str, ...]
    raw: bytes

    @property
    def subject(self) -> str:
        return str(self._message.get("subject", "(no subject)"))

    @property
    def headers(self) -> list[tuple[str, str]]:
        return [(name, str(value)) for name, value in self._message.items()]

    @cached_property
    def text(self) -> str | None:
        """The plain text part, with the line ends of this machine."""
        text = self._body("plain")
        return text and text.replace("\r\n", "\n")

    @cached_property
    def html(self) -> str | None:
        return self._body("html")

    @cached_property
    def attachments(self) -> list[Attachment]:
        return [
            Attachment(
                filename=part.get_filename() or f"part-{number}",
                content_type=part.get_content_type(),
                content=_content(part),
            )
            for number, part in enumerate(self._message.iter_attachments(), 1)
        ]

    def is_to(self, recipient: str) -> bool:
        """Whether it was sent to this address, or to one with this part before the @."""
        wanted = recipient.strip().lower()
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
        except LookupError:  # Python does not know the character set
            return _content(part).decode("utf-8", "replace")


def _content(part: MIMEPart) -> bytes:
    """The bytes of a part; an attached email is its own source text."""
    payload = part.get_payload(decode=True)
    return payload if isinstance(payload, bytes) else b"".join(item.as_bytes() for item in part.iter_parts())
