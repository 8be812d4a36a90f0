"""The inbox over real SMTP, and its pages."""

import asyncio
import socket
import sys
import time
from collections.abc import AsyncIterator
from contextlib import suppress
from email.message import EmailMessage
from email.policy import SMTP
from pathlib import Path

import aiosmtplib
import httpx2
import pytest

from demo.inbox.authenticator import Authenticator
from demo.inbox.mailbox import Mailbox
from demo.inbox.server import create_app, serve
from demo.inbox.smtp import smtp_server
from demo.sockets import free_port
from demo.start_errors import StartFailed


@pytest.fixture
def mailbox(tmp_path: Path) -> Mailbox:
    return Mailbox(tmp_path / "emails")


@pytest.fixture
async def smtp_port(mailbox: Mailbox) -> AsyncIterator[int]:
    async with smtp_server(mailbox) as port:
        yield port


@pytest.fixture
async def web(mailbox: Mailbox) -> AsyncIterator[httpx2.AsyncClient]:
    transport = httpx2.ASGITransport(app=create_app(mailbox))
    async with httpx2.AsyncClient(transport=transport, base_url="http://127.0.0.1") as client:
        yield client


def an_email(to: str = "maria@example.com", subject: str = "Zwölf phones") -> EmailMessage:
    email = EmailMessage()
    email["From"], email["To"], email["Subject"] = "dialtone@example.com", to, subject
    email.set_content("Approve: http://127.0.0.1:8000/a/token\n")
    email.add_alternative("<html><head><title>x</title></head><p>Approve</p></html>", subtype="html")
    email.add_attachment(b"a,b\n", maintype="text", subtype="csv", filename="lines.csv")
    return email


async def test_the_authenticator_shows_everyones_current_code(mailbox: Mailbox) -> None:
    ann = Authenticator(role="employee", name="Ann", user_name="ann@x.com", password="pw", secret="GEZDGNBVGY3TQOJQ")
    transport = httpx2.ASGITransport(app=create_app(mailbox, (ann,)))
    async with httpx2.AsyncClient(transport=transport, base_url="http://127.0.0.1") as client:
        page, codes = await client.get("/authenticator"), (await client.get("/api/codes")).json()
    assert (page.status_code, "ann@x.com" in page.text, "pw" in page.text) == (200, True, True)
    assert ann.secret not in page.text
    assert codes.keys() == {"ann@x.com"}
    assert codes["ann@x.com"] in {ann.code(time.time()), ann.code(time.time() - 30)}


async def _send(port: int, email: EmailMessage) -> None:
    await aiosmtplib.send(email, hostname="127.0.0.1", port=port)


async def test_an_email_is_listed_by_its_recipient(smtp_port: int, web: httpx2.AsyncClient) -> None:
    await _send(smtp_port, an_email(to="maria@example.com"))
    await _send(smtp_port, an_email(to="diana@example.com"))
    for name in ("maria@example.com", "MARIA"):
        (found,) = (await web.get("/api/messages", params={"to": name})).json()
        assert found["subject"] == "Zwölf phones"
        assert found["recipients"] == ["maria@example.com"]


async def test_the_newest_email_is_first(smtp_port: int, web: httpx2.AsyncClient) -> None:
    for subject in ("first", "second"):
        await _send(smtp_port, an_email(subject=subject))
    listed = (await web.get("/api/messages")).json()
    assert [email["subject"] for email in listed] == ["second", "first"]


async def test_an_email_has_its_bodies_and_headers(smtp_port: int, web: httpx2.AsyncClient) -> None:
    await _send(smtp_port, an_email())
    email = (await web.get("/api/messages/1")).json()
    assert "http://127.0.0.1:8000/a/token" in email["text"]
    assert "<p>Approve</p>" in email["html"]
    assert ["To", "maria@example.com"] in email["headers"]


async def test_an_email_is_stored_byte_for_byte(smtp_port: int, web: httpx2.AsyncClient) -> None:
    sent = an_email().as_bytes(policy=SMTP) + b"\r\n.leading dot\r\n"
    async with aiosmtplib.SMTP(hostname="127.0.0.1", port=smtp_port) as client:
        await client.sendmail("dialtone@example.com", "maria@example.com", sent)
    assert (await web.get("/messages/1/raw")).content == sent


async def test_emails_survive_a_restart(mailbox: Mailbox, smtp_port: int, tmp_path: Path) -> None:
    await _send(smtp_port, an_email())
    again = Mailbox(tmp_path / "emails")
    assert again.newest_first() == mailbox.newest_first()
    assert again.add(sender="", recipients=(), raw=b"").id == 2


async def test_a_partly_written_email_is_gone_after_a_restart(mailbox: Mailbox, tmp_path: Path) -> None:
    mailbox.add(sender="", recipients=("a@example.com",), raw=b"")
    (tmp_path / "emails" / "000001.json").unlink()
    assert Mailbox(tmp_path / "emails").newest_first() == []


async def test_deleting_all_emails_is_a_post_and_permanent(
    smtp_port: int, web: httpx2.AsyncClient, tmp_path: Path
) -> None:
    await _send(smtp_port, an_email())
    assert (await web.get("/clear")).status_code == 405
    assert (await web.post("/clear")).status_code == 303
    assert (await web.get("/api/messages")).json() == []
    assert list((tmp_path / "emails").iterdir()) == []


@pytest.mark.parametrize("code", [451, 550])
async def test_a_rejected_recipient_gets_the_code_of_the_rule(
    smtp_port: int, web: httpx2.AsyncClient, code: int
) -> None:
    await web.put("/api/rejections", json={"*@Slow.example.com": code})
    with pytest.raises(aiosmtplib.SMTPRecipientsRefused) as rejected:
        await _send(smtp_port, an_email(to="maria@slow.example.com"))
    assert rejected.value.recipients[0].code == code
    await web.put("/api/rejections", json={})
    await _send(smtp_port, an_email(to="maria@slow.example.com"))


async def test_the_html_part_has_no_scripts_but_its_links_open(smtp_port: int, web: httpx2.AsyncClient) -> None:
    await _send(smtp_port, an_email())
    response = await web.get("/messages/1/html")
    assert '<head><base target="_blank">' in response.text
    policy = response.headers["Content-Security-Policy"]
    assert policy.startswith("sandbox allow-popups allow-popups-to-escape-sandbox;")
    assert "allow-scripts" not in policy


async def test_every_view_of_an_email_is_a_page(smtp_port: int, web: httpx2.AsyncClient) -> None:
    await _send(smtp_port, an_email(subject="<b>bold</b>"))
    expected = {
        "": "<iframe",
        "html": "<iframe",
        "text": "Approve:",
        "headers": "Content-Type",
        "raw": "boundary",
    }
    for view, content in expected.items():
        page = await web.get("/messages/1", params={"view": view} if view else {})
        assert content in page.text
        assert "&lt;b&gt;bold&lt;/b&gt;" in page.text


async def test_an_attachment_is_a_download(smtp_port: int, web: httpx2.AsyncClient) -> None:
    await _send(smtp_port, an_email())
    assert "lines.csv" in (await web.get("/messages/1")).text
    file = await web.get("/messages/1/attachments/0")
    assert file.content == b"a,b\n"
    assert file.headers["Content-Disposition"] == "attachment"
    assert (await web.get("/messages/1/attachments/1")).status_code == 404


async def test_a_plain_text_email_is_shown_as_text(smtp_port: int, web: httpx2.AsyncClient) -> None:
    email = EmailMessage()
    email["To"] = "maria@example.com"
    email.set_content("just text")
    await aiosmtplib.send(email, sender="x@example.com", hostname="127.0.0.1", port=smtp_port)
    assert "just text" in (await web.get("/messages/1")).text
    assert (await web.get("/messages/1/html")).status_code == 404
    assert "(no subject)" in (await web.get("/")).text


async def test_a_missing_email_is_not_found(web: httpx2.AsyncClient) -> None:
    assert (await web.get("/messages/7")).status_code == 404
    assert "No emails yet" in (await web.get("/")).text


async def test_another_host_name_is_rejected(web: httpx2.AsyncClient) -> None:
    assert (await web.get("/api/messages", headers={"Host": "evil.example.com"})).status_code == 400


async def test_a_port_in_use_is_named_in_the_error(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        with pytest.raises(StartFailed, match=str(port)):
            await serve(0, port, tmp_path)
        with pytest.raises(StartFailed, match=str(port)):
            await serve(port, 0, tmp_path)


async def test_it_runs_as_a_program_and_stops_on_sigterm(tmp_path: Path) -> None:
    smtp, http = free_port(), free_port()
    command = [sys.executable, "-m", "demo.inbox", "--smtp-port", str(smtp), "--http-port", str(http)]
    program = await asyncio.create_subprocess_exec(*command, "--data", str(tmp_path))
    async with httpx2.AsyncClient(base_url=f"http://127.0.0.1:{http}") as client, asyncio.timeout(20):
        while True:
            with suppress(httpx2.ConnectError):
                assert "No emails yet" in (await client.get("/")).text
                break
            await asyncio.sleep(0.1)
    await _send(smtp, an_email())
    program.terminate()
    assert await program.wait() in (0, -15)
    assert len(Mailbox(tmp_path).newest_first()) == 1
