"""The inbox over real SMTP and its web application: what comes in is shown as it was sent."""

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
    return Mailbox(tmp_path / "mails")


@pytest.fixture
async def smtp_port(mailbox: Mailbox) -> AsyncIterator[int]:
    async with smtp_server(mailbox) as port:
        yield port


@pytest.fixture
async def web(mailbox: Mailbox) -> AsyncIterator[httpx2.AsyncClient]:
    transport = httpx2.ASGITransport(app=create_app(mailbox))
    async with httpx2.AsyncClient(transport=transport, base_url="http://127.0.0.1") as client:
        yield client


def a_mail(to: str = "maria@example.com", subject: str = "Zwölf phones") -> EmailMessage:
    mail = EmailMessage()
    mail["From"], mail["To"], mail["Subject"] = "dialtone@example.com", to, subject
    mail.set_content("Approve: http://127.0.0.1:8000/a/token\n")
    mail.add_alternative("<html><head><title>x</title></head><p>Approve</p></html>", subtype="html")
    mail.add_attachment(b"a,b\n", maintype="text", subtype="csv", filename="lines.csv")
    return mail


async def test_the_authenticator_shows_everybodys_code_of_this_half_minute(mailbox: Mailbox) -> None:
    ann = Authenticator(part="employee", name="Ann", user_name="ann@x.com", password="pw", secret="GEZDGNBVGY3TQOJQ")
    transport = httpx2.ASGITransport(app=create_app(mailbox, (ann,)))
    async with httpx2.AsyncClient(transport=transport, base_url="http://127.0.0.1") as client:
        page, codes = await client.get("/authenticator"), (await client.get("/api/codes")).json()
    assert (page.status_code, "ann@x.com" in page.text, "pw" in page.text) == (200, True, True)
    assert ann.secret not in page.text
    assert codes.keys() == {"ann@x.com"}
    assert codes["ann@x.com"] in {ann.code(time.time()), ann.code(time.time() - 30)}


async def _send(port: int, mail: EmailMessage) -> None:
    await aiosmtplib.send(mail, hostname="127.0.0.1", port=port)


async def test_a_mail_is_listed_under_its_recipient(smtp_port: int, web: httpx2.AsyncClient) -> None:
    await _send(smtp_port, a_mail(to="maria@example.com"))
    await _send(smtp_port, a_mail(to="diana@example.com"))
    for name in ("maria@example.com", "MARIA"):
        (found,) = (await web.get("/api/messages", params={"to": name})).json()
        assert found["subject"] == "Zwölf phones"
        assert found["recipients"] == ["maria@example.com"]


async def test_the_newest_mail_comes_first(smtp_port: int, web: httpx2.AsyncClient) -> None:
    for subject in ("first", "second"):
        await _send(smtp_port, a_mail(subject=subject))
    listed = (await web.get("/api/messages")).json()
    assert [mail["subject"] for mail in listed] == ["second", "first"]


async def test_one_mail_has_its_bodies_and_headers(smtp_port: int, web: httpx2.AsyncClient) -> None:
    await _send(smtp_port, a_mail())
    mail = (await web.get("/api/messages/1")).json()
    assert "http://127.0.0.1:8000/a/token" in mail["text"]
    assert "<p>Approve</p>" in mail["html"]
    assert ["To", "maria@example.com"] in mail["headers"]


async def test_a_mail_is_kept_byte_for_byte(smtp_port: int, web: httpx2.AsyncClient) -> None:
    sent = a_mail().as_bytes(policy=SMTP) + b"\r\n.leading dot\r\n"
    async with aiosmtplib.SMTP(hostname="127.0.0.1", port=smtp_port) as client:
        await client.sendmail("dialtone@example.com", "maria@example.com", sent)
    assert (await web.get("/messages/1/raw")).content == sent


async def test_mails_outlive_a_restart(mailbox: Mailbox, smtp_port: int, tmp_path: Path) -> None:
    await _send(smtp_port, a_mail())
    again = Mailbox(tmp_path / "mails")
    assert again.newest_first() == mailbox.newest_first()
    assert again.add(sender="", recipients=(), raw=b"").id == 2


async def test_a_half_written_mail_is_not_there_after_a_restart(mailbox: Mailbox, tmp_path: Path) -> None:
    mailbox.add(sender="", recipients=("a@example.com",), raw=b"")
    (tmp_path / "mails" / "000001.json").unlink()
    assert Mailbox(tmp_path / "mails").newest_first() == []


async def test_clearing_is_a_post_and_lasts(smtp_port: int, web: httpx2.AsyncClient, tmp_path: Path) -> None:
    await _send(smtp_port, a_mail())
    assert (await web.get("/clear")).status_code == 405
    assert (await web.post("/clear")).status_code == 303
    assert (await web.get("/api/messages")).json() == []
    assert list((tmp_path / "mails").iterdir()) == []


@pytest.mark.parametrize("code", [451, 550])
async def test_a_refused_recipient_gets_the_code_of_the_rule(
    smtp_port: int, web: httpx2.AsyncClient, code: int
) -> None:
    await web.put("/api/refusals", json={"*@Slow.example.com": code})
    with pytest.raises(aiosmtplib.SMTPRecipientsRefused) as refused:
        await _send(smtp_port, a_mail(to="maria@slow.example.com"))
    assert refused.value.recipients[0].code == code
    await web.put("/api/refusals", json={})
    await _send(smtp_port, a_mail(to="maria@slow.example.com"))


async def test_the_html_part_cannot_act_but_its_links_open(smtp_port: int, web: httpx2.AsyncClient) -> None:
    await _send(smtp_port, a_mail())
    part = await web.get("/messages/1/html")
    assert '<head><base target="_blank">' in part.text
    policy = part.headers["Content-Security-Policy"]
    assert policy.startswith("sandbox allow-popups allow-popups-to-escape-sandbox;")
    assert "allow-scripts" not in policy


async def test_every_view_of_a_mail_is_a_page(smtp_port: int, web: httpx2.AsyncClient) -> None:
    await _send(smtp_port, a_mail(subject="<b>bold</b>"))
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
    await _send(smtp_port, a_mail())
    assert "lines.csv" in (await web.get("/messages/1")).text
    file = await web.get("/messages/1/attachments/0")
    assert file.content == b"a,b\n"
    assert file.headers["Content-Disposition"] == "attachment"
    assert (await web.get("/messages/1/attachments/1")).status_code == 404


async def test_a_plain_mail_is_shown_as_text(smtp_port: int, web: httpx2.AsyncClient) -> None:
    mail = EmailMessage()
    mail["To"] = "maria@example.com"
    mail.set_content("just text")
    await aiosmtplib.send(mail, sender="x@example.com", hostname="127.0.0.1", port=smtp_port)
    assert "just text" in (await web.get("/messages/1")).text
    assert (await web.get("/messages/1/html")).status_code == 404
    assert "(no subject)" in (await web.get("/")).text


async def test_a_mail_that_is_not_there_is_not_found(web: httpx2.AsyncClient) -> None:
    assert (await web.get("/messages/7")).status_code == 404
    assert "Nothing came yet" in (await web.get("/")).text


async def test_another_sites_name_for_this_machine_is_refused(web: httpx2.AsyncClient) -> None:
    assert (await web.get("/api/messages", headers={"Host": "evil.example.com"})).status_code == 400


async def test_a_taken_port_is_named(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
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
                assert "Nothing came yet" in (await client.get("/")).text
                break
            await asyncio.sleep(0.1)
    await _send(smtp, a_mail())
    program.terminate()
    assert await program.wait() in (0, -15)
    assert len(Mailbox(tmp_path).newest_first()) == 1
