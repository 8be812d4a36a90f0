"""The mail server: takes one mail at a time, or says whether it is worth trying again."""

import socket
from dataclasses import dataclass, field

import aiosmtplib


class MailDeferred(Exception):
    """The mail was not taken, but may be later: no connection, no login, or an answer of 4xx."""


class MailRefused(Exception):
    """The server will never take this mail (5xx for the recipient or the text)."""


@dataclass(frozen=True, kw_only=True)
class MailServer:
    """How to reach the server. `start_tls` None uses STARTTLS where the server offers it, True insists."""

    host: str
    port: int
    username: str | None = None
    password: str | None = field(default=None, repr=False)
    start_tls: bool | None = None
    timeout_seconds: float = 30
    # Asked for once: it may take a look-up in the network, in which the whole process would wait at every mail.
    greeting: str = field(default_factory=socket.getfqdn)

    async def send(self, raw: bytes, *, sender: str, recipient: str) -> None:
        """Hand over one mail as it is. Raises MailDeferred or MailRefused."""
        try:
            await aiosmtplib.send(
                raw,
                sender=sender,
                recipients=[recipient],
                hostname=self.host,
                local_hostname=self.greeting,
                port=self.port,
                username=self.username,
                password=self.password,
                start_tls=self.start_tls,
                timeout=self.timeout_seconds,
            )
        except aiosmtplib.SMTPRecipientsRefused as error:
            raise _refusal(error.recipients[0].code, error.recipients[0].message) from error
        except aiosmtplib.SMTPDataError as error:
            raise _refusal(error.code, error.message) from error
        except (aiosmtplib.SMTPException, OSError) as error:
            raise MailDeferred(f"{type(error).__name__}: {error}") from error


def _refusal(code: int, message: str) -> Exception:
    final = code >= aiosmtplib.SMTPStatus.unrecognized_command  # 500, the first of the final ones
    return (MailRefused if final else MailDeferred)(f"{code} {message}")
