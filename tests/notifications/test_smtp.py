"""Connecting to the email server: encryption, certificate authorities, OAuth2."""

import asyncio
import base64
from collections import Counter
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.smtp import SMTP, AuthResult
from fastapi import FastAPI, Request, Response
from fastapi.responses import JSONResponse
from pydantic import ValidationError

from models.settings import Settings
from notifications.smtp import EmailDeferred, EmailRefused, EmailRejected, EmailUnconfirmed, SmtpServer
from runtime.oauth import TokenSource
from tests.demo.simulator.simulator_client import running
from tests.fixtures.certificate import Certificate
from tests.notifications.conftest import FakeSmtp, serving

ADDRESSES = {"sender": "orders@dialtone.example.com", "recipient": "erin@acme.example.com"}
OAUTH = {"token_url": "https://login.example.com", "client_id": "c", "client_secret": "s"}
TokenServer = tuple[str, list[dict[str, Any]]]
RAW = b"Subject: Hello\r\n\r\nHello.\r\n"


@dataclass
class OAuthSmtp(FakeSmtp):
    """Takes emails after a login with XOAUTH2 and one of `valid` tokens; `shown` are those of all logins."""

    valid: set[str] = field(default_factory=set)
    shown: list[str] = field(default_factory=list)

    async def auth_XOAUTH2(self, server: SMTP, args: list[str]) -> AuthResult:  # noqa: N802 - aiosmtpd names it
        del server
        token = base64.b64decode(args[1]).decode().split("\1")[1].removeprefix("auth=Bearer ")
        self.shown.append(token)
        return AuthResult(success=token in self.valid, handled=False, auth_data=token)


def client(port: int, **options: Any) -> SmtpServer:
    return SmtpServer(host="127.0.0.1", port=port, conversation_seconds=20, **options)


async def send(server: SmtpServer) -> None:
    async with server.conversation() as conversation:
        await conversation.send(RAW, **ADDRESSES)


@pytest.mark.fault("40")
async def test_an_email_is_sent_over_implicit_tls_with_an_own_authority(certificate: Certificate) -> None:
    async with serving(smtp := FakeSmtp(), tls=certificate.server) as port:
        await send(client(port, security="tls", ca_file=certificate.file))
    assert smtp.recipients == [ADDRESSES["recipient"]]


@pytest.mark.fault("40")
@pytest.mark.parametrize("security", ["starttls", "auto"])
async def test_starttls_is_used_with_an_own_authority(certificate: Certificate, security: str) -> None:
    async with serving(smtp := FakeSmtp(), tls_context=certificate.server, require_starttls=True) as port:
        await send(client(port, security=security, ca_file=certificate.file))
    assert smtp.recipients == [ADDRESSES["recipient"]]


async def test_nothing_is_sent_to_a_server_with_an_unknown_certificate(certificate: Certificate) -> None:
    async with serving(smtp := FakeSmtp(), tls=certificate.server) as port:
        with pytest.raises(EmailDeferred, match="CERTIFICATE_VERIFY_FAILED"):
            await send(client(port, security="tls"))
    assert smtp.received == []


async def test_nothing_is_sent_in_plain_text_if_starttls_is_required() -> None:
    async with serving(smtp := FakeSmtp()) as port:
        with pytest.raises(EmailDeferred, match="STARTTLS"):
            await send(client(port, security="starttls"))
    assert smtp.received == []


async def test_a_missing_file_of_authorities_is_found_at_the_start(tmp_path: Path) -> None:
    with pytest.raises(OSError, match="No such file"):
        client(1, ca_file=tmp_path / "none.pem")


@pytest.fixture
async def token_server() -> AsyncIterator[TokenServer]:
    """The URL of an authorization server that gives the tokens `t1`, `t2`, …; and the forms that it gets."""
    app = FastAPI()
    forms: list[dict[str, Any]] = []

    @app.post("/token")
    async def token(request: Request) -> Response:
        forms.append({**await request.form(), "client": request.headers.get("authorization", "")})
        if forms[-1]["scope"] == "wrong":
            return JSONResponse({"error": "invalid_scope"}, status_code=400)
        return JSONResponse({"access_token": f"t{len(forms)}", "token_type": "Bearer", "expires_in": 3600})

    async with running(app) as url:
        yield f"{url}/token", forms


def tokens(url: str, **options: Any) -> TokenSource:
    return TokenSource(token_url=url, client_id="me", client_secret="secret", **options)


@pytest.mark.fault("40")
async def test_a_login_with_oauth2_fetches_a_token_once_and_a_new_one_when_it_is_rejected(
    certificate: Certificate, token_server: TokenServer
) -> None:
    url, forms = token_server
    source = tokens(url, scope="smtp.send")
    smtp = OAuthSmtp(valid={"t1"})
    async with serving(smtp, tls_context=certificate.server, auth_required=True) as port:
        server = client(port, username="orders", tokens=source, security="starttls", ca_file=certificate.file)
        for _ in range(2):
            await send(server)
        smtp.valid = {"t2"}
        with pytest.raises(EmailRefused):
            await send(server)
        await send(server)
    await source.close()
    assert (smtp.shown[:2], smtp.shown[-1], len(smtp.received)) == (["t1", "t1"], "t2", 3)
    assert [(form["grant_type"], form["scope"]) for form in forms] == [("client_credentials", "smtp.send")] * 2


@pytest.mark.fault("40")
async def test_with_a_refresh_token_the_login_is_a_person_s(token_server: TokenServer) -> None:
    url, forms = token_server
    source = tokens(url, scope="mail", refresh_token="keep")
    assert await source.token() == "t1"
    await source.close()
    assert (forms[0]["grant_type"], forms[0]["refresh_token"]) == ("refresh_token", "keep")


async def test_a_token_that_is_refused_needs_someone_and_a_server_that_is_away_does_not(
    certificate: Certificate, token_server: TokenServer
) -> None:
    url, _ = token_server
    async with serving(OAuthSmtp(), tls_context=certificate.server, auth_required=True) as port:
        for source, error in (
            (tokens(url, scope="wrong"), EmailRefused),
            (tokens("http://127.0.0.1:1/token"), EmailDeferred),
        ):
            with pytest.raises(error, match="no access token"):
                await send(
                    client(port, username="orders", tokens=source, security="starttls", ca_file=certificate.file)
                )
            await source.close()


@pytest.mark.parametrize("ends", ["421 4.7.0 too many emails", None])
async def test_a_server_may_take_only_so_many_emails_over_one_connection(
    monkeypatch: pytest.MonkeyPatch, ends: str | None
) -> None:
    """It says so, or hangs up."""
    take = SMTP.smtp_MAIL
    taken = Counter[SMTP]()

    async def take_two(server: SMTP, arg: str) -> None:
        taken[server] += 1
        if taken[server] <= 2:
            await take(server, arg)
        elif ends:
            await server.push(ends)
        else:
            assert server.transport is not None
            server.transport.close()

    monkeypatch.setattr(SMTP, "smtp_MAIL", take_two)
    async with serving(smtp := FakeSmtp()) as port, client(port).conversation() as conversation:
        for _ in range(5):
            await conversation.send(RAW, **ADDRESSES)
    assert (len(smtp.received), smtp.connections) == (5, 3)


async def test_after_an_email_that_is_refused_the_next_one_is_sent() -> None:
    smtp = FakeSmtp(answers=["250 OK", "554 5.6.0 rejected", "250 OK"])
    async with serving(smtp) as port, client(port).conversation() as conversation:
        await conversation.send(RAW, **ADDRESSES)
        with pytest.raises(EmailRejected):
            await conversation.send(RAW, **ADDRESSES)
        await conversation.send(RAW, **ADDRESSES)
    assert len(smtp.received) == 3


async def test_what_the_server_says_at_the_end_does_not_matter(monkeypatch: pytest.MonkeyPatch) -> None:
    async def drop(server: SMTP, _arg: str) -> None:
        assert server.transport is not None
        server.transport.close()

    monkeypatch.setattr(SMTP, "smtp_QUIT", drop)
    async with serving(smtp := FakeSmtp()) as port:
        await send(client(port))
    assert len(smtp.received) == 1


async def test_a_connection_that_is_lost_before_the_answer_leaves_it_open_whether_the_email_was_sent(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async def drop(server: SMTP, _arg: str) -> None:
        assert server.transport is not None
        server.transport.close()

    monkeypatch.setattr(SMTP, "smtp_DATA", drop)
    async with serving(FakeSmtp()) as port:
        with pytest.raises(EmailUnconfirmed):
            await send(client(port))


@pytest.mark.fault("24")
@pytest.mark.parametrize("command", ["smtp_MAIL", "smtp_RCPT", "smtp_EHLO"])
async def test_a_connection_that_is_lost_before_the_email_is_handed_over_surely_did_not_send_it(
    monkeypatch: pytest.MonkeyPatch, command: str
) -> None:
    async def drop(server: SMTP, _arg: str) -> None:
        assert server.transport is not None
        server.transport.close()

    monkeypatch.setattr(SMTP, command, drop)
    async with serving(FakeSmtp()) as port:
        with pytest.raises(EmailDeferred):
            await send(client(port))


@pytest.mark.fault("24")
@pytest.mark.parametrize("command", ["smtp_MAIL", "smtp_RCPT"])
async def test_a_server_that_falls_silent_before_the_email_is_handed_over_surely_did_not_send_it(
    monkeypatch: pytest.MonkeyPatch, command: str
) -> None:
    async def say_nothing(_server: SMTP, _arg: str) -> None:
        await asyncio.Event().wait()

    monkeypatch.setattr(SMTP, command, say_nothing)
    async with serving(FakeSmtp()) as port:
        with pytest.raises(EmailDeferred, match="no answer within"):
            await send(SmtpServer(host="127.0.0.1", port=port, conversation_seconds=1))


async def test_a_server_that_announces_its_limit_refuses_a_large_email_before_it_gets_it() -> None:
    async with serving(smtp := FakeSmtp(), data_size_limit=10) as port:
        with pytest.raises((EmailRejected, EmailRefused), match="552"):
            await send(client(port))
    assert smtp.received == []


@pytest.mark.parametrize("wrong", [
    {"smtp_oauth": OAUTH}, {"smtp_oauth": OAUTH, "smtp_username": "u", "smtp_password": "p"},
    {"smtp_security": "ssl"}, {"smtp_ca_file": "/nowhere.pem"}, {"smtp_connections": 0},
])  # fmt: skip
def test_a_process_does_not_start_with_settings_that_cannot_be_right(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        Settings(environment="development", DATABASE_URL="postgresql://x", **wrong)
