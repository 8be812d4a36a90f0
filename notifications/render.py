"""Renders an email to bytes: subject, plain text and HTML."""

from binascii import b2a_qp
from collections.abc import Sequence
from email.header import Header
from email.mime.multipart import MIMEMultipart
from email.mime.nonmultipart import MIMENonMultipart
from email.policy import compat32
from email.utils import format_datetime, formataddr, parseaddr
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined, Undefined

from models import formatting
from models.questions import label_for
from notifications.email import Email
from notifications.foreign_text import for_email, our_own
from notifications.plain_text import subject_of, text_of
from notifications.styles import inline

# Folding puts a subject of medium length on a line of its own, which some readers show with a blank before it.
_POLICY = compat32.clone(linesep="\r\n", max_line_length=998, mangle_from_=False)
_ENCODED_WORD = 75
TEMPLATES = Path(__file__).parent / "templates"


def environment(*folders: Path, undefined: type[Undefined] = StrictUndefined) -> Environment:
    """The templates of emails, searched in this order, with what they can use."""
    templates = Environment(
        loader=FileSystemLoader(folders),
        autoescape=True,
        finalize=for_email,
        undefined=undefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    templates.filters |= {
        "names": formatting.join_names,
        "label": label_for,
        "upper_first": formatting.capitalized,
        "lock_holder": formatting.lock_holder,
    }
    return templates


class Renderer:
    """Renders emails of one sender. An email rendered again has the same bytes."""

    def __init__(self, *, mail_from: str, public_url: str, templates: Sequence[Path] = (TEMPLATES,)) -> None:
        """`mail_from` reads `Name <box@domain>`; message IDs end in its domain. `templates` are searched in order."""
        name, self.sender = parseaddr(mail_from)  # the address without the name
        self._from, self._domain = _mailbox(name, self.sender), self.sender.rpartition("@")[2]
        self._templates = environment(*templates)
        self._templates.globals["public_url"] = our_own(public_url.rstrip("/"))

    def render(self, email: Email) -> bytes:
        html = self._templates.get_template(f"{email.template}.html").render(email.context)
        message = MIMEMultipart("alternative", boundary=f"=_{email.id}", policy=_POLICY)
        message["From"] = self._from
        message["To"] = _mailbox(" ".join(email.to.name.split()), email.to.address)
        message["Subject"] = _encoded(subject_of(html))
        message["Date"] = format_datetime(email.at)
        message["Message-ID"] = f"<{email.id}@{self._domain}>"
        if email.order_id:  # one thread per order: all its emails answer an ID that none of them has
            message["In-Reply-To"] = message["References"] = f"<{email.order_id}@{self._domain}>"
        message["Auto-Submitted"] = "auto-generated"
        message["X-Auto-Response-Suppress"] = "All"
        message.attach(_part("plain", text_of(html)))
        message.attach(_part("html", inline(html)))
        return message.as_bytes()


def _mailbox(name: str, address: str) -> str:
    return formataddr((name, address)) if name.isascii() else f"{_encoded(name)} <{address}>"


def _encoded(words: str) -> str:
    """A header's words as they are, or else as encoded words, each of the length that RFC 2047 allows."""
    return words if words.isascii() else Header(words, "utf-8", maxlinelen=_ENCODED_WORD).encode()


def _part(subtype: str, text: str) -> MIMENonMultipart:
    part = MIMENonMultipart("text", subtype, charset="utf-8", policy=_POLICY)
    part["Content-Transfer-Encoding"] = "quoted-printable"
    part.set_payload(b2a_qp(text.encode()).decode("ascii"))
    return part
