"""Which answers each recipient of an email reads: a matrix of everyone who gets emails and every secrecy."""

from collections.abc import Mapping
from typing import Any

import pytest
from pydantic_core import to_jsonable_python

from models.db.order_details import OrderDetails
from models.facts import Relation
from models.question import Secrecy
from models.readable import readable
from notifications.order_emails import order_emails
from notifications.order_summary import order_text
from tests.fixtures.office import CARRIER_NAMES, ORDER_TYPES, example_details, for_site
from tests.notifications.test_render import FULL, PLAN, RENDERER, order_email, text_of
from tests.sample_types import sample_type

TYPE = sample_type("line", "service_address", "subscriber_name", "iccid", "resume_on").resolve({})
HOME = {"name": "Ben", "line1": "8 Elm St", "city": "Joliet", "state": "IL", "postal_code": "60435", "country": "US"}
ANSWERS: Mapping[str, Any] = {
    "line": "l1",
    "service_address": HOME,
    "subscriber_name": "Benedict O.",
    "iccid": "8901199111110000017",
    "resume_on": "2027-03-01",
}
BEFORE: Mapping[str, Any] = {
    "service_address": {**HOME, "line1": "7 Oak St"},
    "subscriber_name": "B. Ortiz",
    "iccid": "8901199111110000025",
}
# What of the answers, and of what they replace, is in full in a text.
IN_FULL: Mapping[Secrecy, tuple[str, ...]] = {
    Secrecy.PLAIN: ("Mon, Mar 1, 2027",),
    Secrecy.PERSONAL: ("8 Elm St", "7 Oak St", "Benedict O.", "B. Ortiz"),
    Secrecy.IDENTIFIER: (ANSWERS["iccid"], BEFORE["iccid"]),
    Secrecy.SECRET: (),
}
READERS: Mapping[str, Secrecy] = {
    "erin": Secrecy.PERSONAL,  # the requester
    "ben": Secrecy.PERSONAL,  # the beneficiary
    "maria": Secrecy.PERSONAL,  # an approver
    "walt": Secrecy.PLAIN,  # a watcher
    "tess": Secrecy.PLAIN,  # an admin
}
EMAILS = order_emails()


def order_details() -> OrderDetails:
    found = example_details(FULL | PLAN | {"notified": {reader: [] for reader in READERS}})
    found.order.type = to_jsonable_python(TYPE)
    (item,) = found.items
    item.answers, item.before = dict(ANSWERS), dict(BEFORE)
    return found


def shown(text: str, secrecy: Secrecy) -> list[str]:
    return [value for value in IN_FULL[secrecy] if value in text]


@pytest.mark.parametrize("secrecy", Secrecy)
@pytest.mark.parametrize("reader", READERS)
def test_the_order_shows_a_reader_what_they_may_read(reader: str, secrecy: Secrecy) -> None:
    (item,) = order_text(order_details(), CARRIER_NAMES, ORDER_TYPES, reader_id=reader).items
    text = " ".join(value for _, value in (*item.details, *item.changes))
    assert shown(text, secrecy) == (list(IN_FULL[secrecy]) if READERS[reader].includes(secrecy) else [])


@pytest.mark.parametrize("reader", READERS)
@pytest.mark.parametrize("name", sorted(name for name, (email, _) in EMAILS.items() if not email.link))
def test_no_email_shows_more(name: str, reader: str) -> None:
    raw = RENDERER.render(order_email(name, order_details(), reader))
    text = text_of(raw) + text_of(raw, "html")
    for secrecy in Secrecy:
        assert READERS[reader].includes(secrecy) or shown(text, secrecy) == []


def test_emails_show_personal_answers_to_those_the_order_is_about() -> None:
    """The test before proves nothing about emails without answers."""
    texts = {reader: text_of(RENDERER.render(order_email("completed", order_details(), reader))) for reader in READERS}
    assert {reader for reader, text in texts.items() if "8 Elm St" in text} == {"erin", "ben", "maria"}


def test_the_contact_of_a_site_reads_what_a_beneficiary_does() -> None:
    of_site = for_site(order_details(), contact="walt")
    for reader, expected in (("walt", True), ("ben", False)):
        text = text_of(RENDERER.render(order_email("completed", of_site, reader)))
        assert "Front desk" in text
        assert ("8 Elm St" in text) is expected


@pytest.mark.parametrize("relation", Relation)
def test_a_page_shows_personal_answers_to_the_same_people(relation: Relation) -> None:
    personal = relation in {Relation.SELF, Relation.APPROVER, Relation.DECIDER}
    assert readable({relation}, identifiers=False) is (Secrecy.PERSONAL if personal else Secrecy.PLAIN)
    assert readable({relation}, identifiers=True) is Secrecy.IDENTIFIER
    assert readable((), identifiers=False) is Secrecy.PLAIN
