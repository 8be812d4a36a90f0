"""From a letter to the bytes of a mail: subject, plain text and HTML, the same bytes every time."""

import re
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime, parseaddr
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape

from models.asks import label_for
from notifications import formatting
from notifications.email import Email
from notifications.styles import inline

# Folding puts a subject of medium length on a line of its own, which some readers show with a blank before it;
# encoded words, on the other hand, have to stay short.
_UNFOLDED = SMTP.clone(max_line_length=998)
TEMPLATES = Path(__file__).parent / "templates"


def environment() -> Environment:
    """The templates of all mails: HTML escaped, an unknown name an error."""
    found = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=select_autoescape(["html"]),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    found.filters |= {
        "names": formatting.names,
        "called": label_for,
        "sentence": formatting.sentence,
        "first_upper": lambda text: text[:1].upper() + text[1:],
    }
    return found


class Renderer:
    """Makes mails from letters, in the name of one sender."""

    def __init__(self, *, mail_from: str, public_url: str) -> None:
        """`mail_from` reads `Name <box@domain>`; its domain ends the message ids."""
        name, address = parseaddr(mail_from)
        self._sender = Address(display_name=name, addr_spec=address)
        self._templates = environment()
        self._templates.globals["public_url"] = public_url.rstrip("/")

    @property
    def sender(self) -> str:
        """The bare address mails come from."""
        return self._sender.addr_spec

    def render(self, letter: Email) -> bytes:
        """The whole mail. Its ids, date and boundary come from the letter, so a second time gives the same bytes."""
        message = EmailMessage(policy=SMTP)
        message["From"] = self._sender
        message["To"] = Address(display_name=letter.to.name, addr_spec=letter.to.address)
        about = f"Order {letter.number}: " if letter.number else ""
        message["Subject"] = about + _one_line(self._part(letter, "subject.txt"))
        message["Date"] = format_datetime(letter.at)
        self._thread(message, letter)
        message["Auto-Submitted"] = "auto-generated"
        message["X-Auto-Response-Suppress"] = "All"
        message.set_content(_tidy(self._part(letter, "body.txt")))
        message.add_alternative(inline(self._part(letter, "body.html")), subtype="html")
        message.set_boundary(f"=_{letter.id}")
        return message.as_bytes(policy=_UNFOLDED if all(str(one).isascii() for one in message.values()) else SMTP)

    def _thread(self, message: EmailMessage, letter: Email) -> None:
        """One thread per order: every mail answers the order's own id, which no mail bears itself."""
        if letter.order_id is None:
            message["Message-ID"] = f"<{letter.id}@{self._sender.domain}>"
            return
        root = f"<{letter.order_id}@{self._sender.domain}>"
        message["Message-ID"] = f"<{letter.order_id}.{letter.seq}.{letter.id}@{self._sender.domain}>"
        message["In-Reply-To"] = root
        message["References"] = root

    def _part(self, letter: Email, file: str) -> str:
        return self._templates.get_template(f"{letter.template}/{file}").render(letter.context)


def _one_line(text: str) -> str:
    return " ".join(text.split())


def _tidy(text: str) -> str:
    return re.sub(r"\n{3,}", "\n\n", text).strip() + "\n"
