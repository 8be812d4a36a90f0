"""Renders an email to bytes: subject, plain text and HTML."""

from collections.abc import Sequence
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime, parseaddr
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined, Undefined

from models import formatting
from models.questions import label_for
from notifications.email import Email
from notifications.foreign_text import for_email, our_own
from notifications.plain_text import subject_of, text_of
from notifications.styles import inline

# Folding puts a subject of medium length on a line of its own, which some readers show with a blank before it;
# encoded words, on the other hand, have to stay short.
_UNFOLDED = SMTP.clone(max_line_length=998)
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
        name, address = parseaddr(mail_from)
        self._from = Address(display_name=name, addr_spec=address)
        self._templates = environment(*templates)
        self._templates.globals["public_url"] = our_own(public_url.rstrip("/"))

    @property
    def sender(self) -> str:
        """The address without the name."""
        return self._from.addr_spec

    def render(self, email: Email) -> bytes:
        html = self._templates.get_template(f"{email.template}.html").render(email.context)
        message = EmailMessage(policy=SMTP)
        message["From"] = self._from
        message["To"] = Address(display_name=" ".join(email.to.name.split()), addr_spec=email.to.address)
        message["Subject"] = subject_of(html)
        message["Date"] = format_datetime(email.at)
        message["Message-ID"] = f"<{email.id}@{self._from.domain}>"
        if email.order_id:  # one thread per order: all its emails answer an ID that none of them has
            message["In-Reply-To"] = message["References"] = f"<{email.order_id}@{self._from.domain}>"
        message["Auto-Submitted"] = "auto-generated"
        message["X-Auto-Response-Suppress"] = "All"
        message.set_content(text_of(html))
        message.add_alternative(inline(html), subtype="html")
        message.set_boundary(f"=_{email.id}")
        return message.as_bytes(policy=_UNFOLDED if all(str(value).isascii() for value in message.values()) else SMTP)
