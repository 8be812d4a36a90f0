"""An event that only a temporary package defines, with a template of its own, works like any other."""

import sys
from collections.abc import Iterator
from email import message_from_bytes
from email.policy import default
from pathlib import Path

import pytest
from sqlmodel import select

from api.orders.timeline import entry_of, timeline_lines
from models import events, registry
from models.db.notifications.tables import NotificationRow
from models.db.orders.tables import EventRow
from models.event import Event, event_of
from models.lifecycle import Status
from notifications.order_emails import order_emails
from notifications.render import TEMPLATES
from tests.fixtures.office import SampleOrder
from tests.notifications.conftest import FakeSmtp
from tests.notifications.sending import drain, email_sender

MODULE = """
from models.event import Audience, Event, EventEmail
from models.lifecycle import Status

PARCEL_LOST = Event(
    code="parcel_lost",
    title="Parcel lost",
    is_problem=True,
    details=frozenset({"last_seen"}),
    emails=(
        EventEmail(name="parcel_lost", to=(Audience.BENEFICIARY,), while_status=frozenset({Status.SHIPPED})),
        EventEmail(name="parcel_search", to=(Audience.ADMINS,), until=frozenset({"shipped"})),
    ),
)
"""
TEMPLATE = """{% extends "layouts/order.html" %}
{% block subject %}Lost: {{ order.title }}{% endblock %}
{% block headline %}Your parcel is lost{% endblock %}
{% block lead %}<p class="text">Last seen in {{ data.last_seen }}.</p>{% endblock %}
{% block next %}<p class="text">We'll send another one.</p>{% endblock %}
"""


def _forget_words() -> None:
    registry._load.cache_clear()
    order_emails.cache_clear()


@pytest.fixture
def templates(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Defines the event; a folder with the templates of its emails."""
    (tmp_path / "parcels.py").write_text(MODULE)
    folder = tmp_path / "templates" / "parcel_lost"
    folder.mkdir(parents=True)
    for name in ("parcel_lost", "parcel_search"):
        (folder / f"{name}.html").write_text(TEMPLATE)
    monkeypatch.setattr(events, "__path__", [*events.__path__, str(tmp_path)])
    _forget_words()
    yield folder.parent
    _forget_words()


@pytest.fixture
def parcel_lost(templates: Path) -> Event:
    assert templates.is_dir()
    return event_of("parcel_lost")


async def test_it_is_told_in_the_timeline(office: SampleOrder, parcel_lost: Event) -> None:
    await office.write(parcel_lost, Status.SHIPPED, detail="The truck burned.", last_seen="Omaha", driver="p-17")
    async with office.database.transaction() as session:
        (row,) = (await session.exec(select(EventRow))).all()
    entry = entry_of(row, {})
    assert (entry.event, entry.details) == ("parcel_lost", {"detail": "The truck burned.", "last_seen": "Omaha"})
    (line,) = timeline_lines([entry], {})
    assert (line.title, line.text, line.is_problem) == ("Parcel lost", "The truck burned.", True)


@pytest.mark.parametrize(("email", "error"), [
    ("name='approved', to=()", "email 'approved' is already defined"),
    ("name='late', to=(), until=frozenset({'shiped'})", "no Event 'shiped'; did you mean 'shipped'"),
])  # fmt: skip
def test_an_email_that_cannot_be_right_stops_the_process(templates: Path, email: str, error: str) -> None:
    source = f"from models.event import *\nLATE = Event(code='late', title='Late', emails=(EventEmail({email}),))"
    (templates.parent / "lateness.py").write_text(source)
    sys.modules.pop("models.events.lateness", None)
    with pytest.raises((ValueError, registry.UnknownWordError), match=error):
        order_emails()


async def test_its_emails_are_sent(office: SampleOrder, smtp: FakeSmtp, templates: Path, parcel_lost: Event) -> None:
    await office.write(parcel_lost, Status.SHIPPED, last_seen="Omaha")
    await drain(email_sender(office, smtp.port, templates=(TEMPLATES, templates)))
    assert sorted(smtp.recipients) == [f"{name}@acme.example.com" for name in ("ada", "ben", "tess")]
    message = message_from_bytes(smtp.received[0], policy=default)
    body = message.get_body(("plain",))
    assert message["Subject"].startswith("Lost: ")
    assert body is not None
    assert "Last seen in Omaha." in body.get_content()


async def test_an_email_that_is_outdated_is_skipped(
    office: SampleOrder, smtp: FakeSmtp, templates: Path, parcel_lost: Event
) -> None:
    await office.write(parcel_lost, Status.SHIPPED)
    await office.write(event_of("shipped"), Status.SHIPPED)
    await drain(email_sender(office, smtp.port, templates=(TEMPLATES, templates)))
    async with office.database.transaction() as session:
        rows = (await session.exec(select(NotificationRow).where(NotificationRow.event == "parcel_search"))).all()
    assert {row.state for row in rows} == {"skipped"}
