"""Hands an email to the SMTP server."""

import asyncio
import re
import socket
import ssl
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType

import aiosmtplib

from runtime.oauth import TokenRefused, TokenSource, TokenUnavailable

# Whether to use STARTTLS, for each kind of security; None: where the server offers it.
_START_TLS: Mapping[str, bool | None] = MappingProxyType({"auto": None, "starttls": True, "tls": False, "none": False})
# Enhanced status codes (RFC 3463) about the recipient, the mailbox, the size or the content of an email. 5.1.7 and
# 5.1.8 are about the sender, which is ours. Any other refusal is about the server, our account or a policy. In answer
# to a recipient, Exchange says 5.4.1 where others say 5.1.1.
_ABOUT_CONTENT = re.compile(r"5\.(3\.4|6\.\d+)\b")
_ABOUT_RECIPIENT = re.compile(r"5\.(1\.(?![78]\b)\d+|2\.\d+)\b")
_NO_SUCH_RECIPIENT = re.compile(r"5\.4\.1\b")
_QUIT_SECONDS = 2


class EmailDeferred(Exception):
    """The server did not take the email, and may later: it is unreachable or busy."""


class EmailRefused(Exception):
    """The server takes none of our emails until someone acts: it rejects our login, our sender or our address."""


class RecipientRefused(Exception):
    """The server refuses the recipient, and doesn't say whether because of the recipient or of us."""


class EmailUnconfirmed(Exception):
    """The server may have taken the email: the connection was lost, or the time was up, before it answered."""


class EmailRejected(Exception):
    """The server will never take this email: because of its recipient, its size or its content."""


@dataclass(frozen=True, kw_only=True)
class SmtpServer:
    """How to reach the server.

    Attributes:
        security: `tls` (from the first byte), `starttls` (required), `auto` (STARTTLS where it is offered) or `none`.
        ca_file: the certificate authorities to trust instead of the machine's.
        tokens: logs in with OAuth2 instead of the password.
        conversation_seconds: the limit for one email, from the connection to the server's answer.
    """

    host: str
    port: int
    username: str | None = None
    password: str | None = field(default=None, repr=False)
    tokens: TokenSource | None = None
    security: str = "auto"
    ca_file: Path | None = None
    conversation_seconds: float = 60
    # Looked up once: it may take a blocking DNS query, which would stop the event loop for every email.
    hostname: str = field(default_factory=socket.getfqdn)
    tls_context: ssl.SSLContext = field(init=False, repr=False)

    def __post_init__(self) -> None:
        """Raises OSError if the file of certificate authorities cannot be read."""
        object.__setattr__(self, "tls_context", ssl.create_default_context(cafile=self.ca_file))

    async def send(self, raw: bytes, *, sender: str, recipient: str) -> None:
        """Raises EmailDeferred, EmailRefused, RecipientRefused, EmailUnconfirmed or EmailRejected."""
        client = self._client()
        too_late: type[Exception] = EmailDeferred
        try:
            async with asyncio.timeout(self.conversation_seconds):
                await self._connect(client)
                await _address(client, len(raw), sender, recipient)
                too_late = EmailUnconfirmed
                await _transfer(client, raw)
        except TimeoutError as error:
            raise too_late(f"no answer within {self.conversation_seconds:g} seconds") from error
        else:
            await _say_goodbye(client)
        finally:
            if isinstance(client.transport, asyncio.Transport):
                client.transport.abort()  # closing waits for the server to end the encryption
            client.close()

    async def check(self) -> None:
        """Connect, encrypt and log in, without an email. Raises EmailDeferred, EmailRefused, TimeoutError."""
        client = self._client()
        try:
            await self._connect(client)
            await _say_goodbye(client)
        finally:
            client.close()

    async def _connect(self, client: aiosmtplib.SMTP) -> None:
        """Connect, encrypt and log in."""
        try:
            await client.connect()
        except aiosmtplib.SMTPResponseException as error:
            if self.tokens and isinstance(error, aiosmtplib.SMTPAuthenticationError):
                self.tokens.forget()
            raise _about_us(error.code, error.message) from error
        except TokenRefused as error:
            raise EmailRefused(str(error)) from error
        except (aiosmtplib.SMTPException, TokenUnavailable, OSError) as error:
            raise EmailDeferred(f"{type(error).__name__}: {error}") from error

    def _client(self) -> aiosmtplib.SMTP:
        return aiosmtplib.SMTP(
            hostname=self.host,
            port=self.port,
            local_hostname=self.hostname,
            username=self.username,
            password=None if self.tokens else self.password,
            oauth_token_generator=self.tokens.token if self.tokens else None,
            use_tls=self.security == "tls",
            start_tls=_START_TLS[self.security],
            tls_context=self.tls_context,
            timeout=None,  # the conversation has one limit
        )


async def _address(client: aiosmtplib.SMTP, size: int, sender: str, recipient: str) -> None:
    """Say from whom and to whom the email is; the server does not have it yet."""
    try:
        await client.mail(sender, options=[f"SIZE={size}"] if client.supports_extension("size") else [])
        await client.rcpt(recipient)
    except aiosmtplib.SMTPRecipientRefused as error:
        raise _about_recipient(error.code, error.message) from error
    except aiosmtplib.SMTPResponseException as error:
        raise _about_us(error.code, error.message) from error
    except ValueError as error:
        raise EmailRejected(f"the server can't send to this address: {error}") from error
    except (aiosmtplib.SMTPException, OSError) as error:
        raise EmailDeferred(f"{type(error).__name__}: {error}") from error


async def _transfer(client: aiosmtplib.SMTP, raw: bytes) -> None:
    """Hand the email over; if the connection is lost meanwhile, the server may have it."""
    try:
        await client.data(raw)
    except aiosmtplib.SMTPResponseException as error:
        raise _about_email(error.code, error.message) from error
    except (aiosmtplib.SMTPException, OSError) as error:
        raise EmailUnconfirmed(f"{type(error).__name__}: {error}") from error


async def _say_goodbye(client: aiosmtplib.SMTP) -> None:
    """The email is sent, whatever the server answers to this."""
    with suppress(aiosmtplib.SMTPException, OSError):
        await client.quit(timeout=_QUIT_SECONDS)


def _about_recipient(code: int, message: str) -> Exception:
    """The error for an answer to the recipient."""
    if _ABOUT_RECIPIENT.match(message) or _NO_SUCH_RECIPIENT.match(message):
        return EmailRejected(f"{code} {message}")
    return (RecipientRefused if _is_permanent(code) else EmailDeferred)(f"{code} {message}")


def _about_email(code: int, message: str) -> Exception:
    """The error for an answer to the content, after which some servers still refuse the recipient."""
    return EmailRejected(f"{code} {message}") if _ABOUT_RECIPIENT.match(message) else _about_us(code, message)


def _about_us(code: int, message: str) -> Exception:
    """The error for an answer to our login or our sender; a server that announces its limit rejects the size here."""
    if _ABOUT_CONTENT.match(message):
        return EmailRejected(f"{code} {message}")
    return (EmailRefused if _is_permanent(code) else EmailDeferred)(f"{code} {message}")


def _is_permanent(code: int) -> bool:
    return code >= aiosmtplib.SMTPStatus.unrecognized_command  # 500, the first permanent code
