"""Hands an email to the SMTP server."""

import socket
from dataclasses import dataclass, field

import aiosmtplib


class EmailDeferred(Exception):
    """The server may take the email later: no connection, no login, or a 4xx answer."""


class EmailRejected(Exception):
    """The server will never take this email: a 5xx answer about the recipient or the content."""


@dataclass(frozen=True, kw_only=True)
class SmtpServer:
    """How to reach the server. `start_tls` None uses STARTTLS where the server offers it, True requires it."""

    host: str
    port: int
    username: str | None = None
    password: str | None = field(default=None, repr=False)
    start_tls: bool | None = None
    timeout_seconds: float = 30
    # Looked up once: it may take a blocking DNS query, which would stop the event loop for every email.
    hostname: str = field(default_factory=socket.getfqdn)

    async def send(self, raw: bytes, *, sender: str, recipient: str) -> None:
        """Raises EmailDeferred or EmailRejected."""
        try:
            await aiosmtplib.send(
                raw,
                sender=sender,
                recipients=[recipient],
                hostname=self.host,
                local_hostname=self.hostname,
                port=self.port,
                username=self.username,
                password=self.password,
                start_tls=self.start_tls,
                timeout=self.timeout_seconds,
            )
        except aiosmtplib.SMTPRecipientsRefused as error:
            raise _error(error.recipients[0].code, error.recipients[0].message) from error
        except aiosmtplib.SMTPDataError as error:
            raise _error(error.code, error.message) from error
        except (aiosmtplib.SMTPException, OSError) as error:
            raise EmailDeferred(f"{type(error).__name__}: {error}") from error


def _error(code: int, message: str) -> EmailDeferred | EmailRejected:
    permanent = code >= aiosmtplib.SMTPStatus.unrecognized_command  # 500, the first permanent code
    return (EmailRejected if permanent else EmailDeferred)(f"{code} {message}")
