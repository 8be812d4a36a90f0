"""Hands an email to the SMTP server."""

import asyncio
import re
import socket
import ssl
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress
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
        conversation_seconds: the limit for a conversation, from the connection to the answer to its last email.
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

    @asynccontextmanager
    async def conversation(self, until: float | None = None) -> AsyncIterator["EmailConversation"]:
        """Several emails, one after the other. The limit is this time of the event loop, or that of one from now."""
        if until is None:
            until = asyncio.get_running_loop().time() + self.conversation_seconds
        conversation = EmailConversation(self, until)
        try:
            yield conversation
        finally:
            await conversation.end()

    async def check(self) -> None:
        """Connect, encrypt and log in, without an email. Raises EmailDeferred, EmailRefused, TimeoutError."""
        client = self.client()
        try:
            await self.connect(client)
            await _say_goodbye(client)
        finally:
            client.close()

    async def connect(self, client: aiosmtplib.SMTP) -> None:
        """Connect, encrypt and log in. Raises EmailDeferred, EmailRefused."""
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

    def client(self) -> aiosmtplib.SMTP:
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


class EmailConversation:
    """It connects for its first email, and again for the next one after an error."""

    def __init__(self, server: SmtpServer, until: float) -> None:
        self._server = server
        self._until = until
        self._client: aiosmtplib.SMTP | None = None

    async def send(self, raw: bytes, *, sender: str, recipient: str) -> None:
        """Raises EmailDeferred, EmailRefused, RecipientRefused, EmailUnconfirmed or EmailRejected."""
        too_late: type[Exception] = EmailDeferred
        try:
            async with asyncio.timeout_at(self._until):
                client = await self._address(len(raw), sender, recipient)
                too_late = EmailUnconfirmed
                await _transfer(client, raw)
        except TimeoutError as error:
            self._hang_up()
            raise too_late(f"no answer within {self._server.conversation_seconds:g} seconds") from error
        except BaseException:
            self._hang_up()
            raise

    async def _address(self, size: int, sender: str, recipient: str) -> aiosmtplib.SMTP:
        """On a new connection if the present one is of no use: some servers take only so many emails over one."""
        if self._client is not None:
            with suppress(EmailDeferred):
                await _address(self._client, size, sender, recipient)
                return self._client
            self._hang_up()
        self._client = self._server.client()
        await self._server.connect(self._client)
        await _address(self._client, size, sender, recipient)
        return self._client

    async def end(self) -> None:
        if self._client is not None:
            await _say_goodbye(self._client)
            self._hang_up()

    def _hang_up(self) -> None:
        client, self._client = self._client, None
        if client is not None:
            if isinstance(client.transport, asyncio.Transport):
                client.transport.abort()  # closing waits for the server to end the encryption
            client.close()


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
    """The emails are sent, whatever the server answers to this."""
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
