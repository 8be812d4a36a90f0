"""Emails about an order for a site, whose contact acts for it."""

from email.utils import parseaddr

import pytest

from models.db.orders.tables import OrderRow
from models.db.sites.tables import SiteRow
from models.events.ending import VENDOR_REJECTED
from models.events.fulfillment import ACTIVATION_NEEDED
from models.lifecycle import ItemState, Status
from models.question import Answerer, Asked, AskedAt
from models.questions.sim import ICCID
from tests.fixtures.office import PEOPLE, TENANT, SampleOrder, example_details, for_site
from tests.notifications.conftest import FakeSmtp
from tests.notifications.sending import change, send_all
from tests.notifications.test_render import MINIMAL, RENDERER, order_email, read, text_of

LATE = Asked(ICCID.code, at=AskedAt.LATE, who=Answerer.BENEFICIARY)


def email_to(reader: str, name: str) -> str:
    """The text of an email about an order for a site whose contact is Walt; the contact answers a late question."""
    details = for_site(example_details(MINIMAL), contact="walt")
    details.order.type = details.order.type | {"questions": [*details.order.type["questions"], LATE]}
    return " ".join(text_of(RENDERER.render(order_email(name, details, reader))).split())


@pytest.mark.parametrize(
    ("name", "to_contact", "to_others"),
    [
        (
            "activation_needed",
            (
                "Activate iPhone 17 Pro 256 GB",
                "Activate it to start service.",
                "Activate: https://",
                "Check that everything arrived",
                "We'll ask for this: SIM number (ICCID).",
            ),
            (
                "iPhone 17 Pro 256 GB is ready to activate",
                "Front desk needs to activate it to start service.",
                "View order: https://",
                "We asked Front desk to check that everything arrived",
            ),
        ),
        (
            "shipped",
            ("When it arrives, activate it to start service.",),
            ("When it arrives, Front desk activates it to start service.",),
        ),
    ],
)
def test_the_contact_of_a_site_is_told_what_to_do(
    name: str, to_contact: tuple[str, ...], to_others: tuple[str, ...]
) -> None:
    for reader, told, not_told in (("walt", to_contact, to_others), ("erin", to_others, to_contact)):
        text = email_to(reader, name)
        assert [part for part in told if part not in text] == []
        assert [part for part in not_told if part in text] == []


def test_what_is_for_a_site_is_not_its_contact_s_own() -> None:
    assert "Your iPhone" not in email_to("walt", "shipped")
    assert "order for you" not in email_to("walt", "canceled")


async def test_every_recipient_is_addressed_by_name(office: SampleOrder, smtp: FakeSmtp) -> None:
    async with office.database.transaction() as session:
        session.add(SiteRow(tenant=TENANT, id="s1", name="Front desk", account_id="sales", contact_id="otto"))
    order = (TENANT, office.order.id)
    await change(office, OrderRow, order, beneficiary_id=None, beneficiary_site_id="s1")
    await office.report_from_carrier(ACTIVATION_NEEDED, Status.AWAITING_ACTIVATION, ItemState.AWAITING_ACTIVATION)
    await send_all(office, smtp)
    await office.report_from_carrier(VENDOR_REJECTED, Status.VENDOR_REJECTED, ItemState.DECLINED)
    await send_all(office, smtp)
    names = dict(parseaddr(read(raw)["To"]) for raw in smtp.received)
    assert {"Otto Grant", "Tess Nguyen"} <= set(names)  # the contact and an admin
    assert names == {PEOPLE[address.partition("@")[0]]: address for address in smtp.recipients}
