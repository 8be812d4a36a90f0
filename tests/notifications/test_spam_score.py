"""SpamAssassin's own rules find nothing suspicious in any email."""

import re
import shutil
import subprocess

import pytest

from notifications.account_emails import AccountEmail
from notifications.order_emails import order_emails
from tests.fixtures.office import SampleOrder
from tests.notifications.conftest import FakeSmtp
from tests.notifications.sending import send_all
from tests.notifications.test_account_emails import enqueue
from tests.notifications.test_render import FULL, RENDERER, build

SPAMASSASSIN = shutil.which("spamassassin")
MAX_SCORE = 1.0

pytestmark = [
    pytest.mark.slow,
    pytest.mark.fault("40"),
    pytest.mark.skipif(SPAMASSASSIN is None, reason="SpamAssassin is not installed"),
]


def score(raw: bytes) -> tuple[float, str]:
    """The score by rules that need no network, and the rules that apply."""
    found = subprocess.run([str(SPAMASSASSIN), "--local", "--test-mode"], input=raw, capture_output=True, check=True)
    status = re.search(r"X-Spam-Status: .*?score=(\S+).*?tests=(.*?) autolearn", found.stdout.decode(), re.DOTALL)
    assert status is not None
    return float(status[1]), "".join(status[2].split())


@pytest.mark.parametrize("email", order_emails())
def test_an_email_about_an_order_is_no_spam(email: str) -> None:
    points, rules = score(RENDERER.render(build(email, FULL)))
    assert points <= MAX_SCORE, rules


@pytest.mark.parametrize("email", AccountEmail)
async def test_an_email_about_an_account_is_no_spam(office: SampleOrder, smtp: FakeSmtp, email: AccountEmail) -> None:
    await enqueue(office, email)
    await send_all(office, smtp)
    points, rules = score(smtp.received[-1])
    assert points <= MAX_SCORE, rules
