import logging
from collections.abc import Iterator

import pytest

from api.access_log import Masked, mask_signatures

SIGNED = "IjAxSkQ3Wjk.c2lnbmF0dXJl"


@pytest.fixture
def access(caplog: pytest.LogCaptureFixture) -> Iterator[logging.Logger]:
    caplog.set_level(logging.INFO)
    logger = logging.getLogger("uvicorn.access")
    before = list(logger.filters)
    mask_signatures()
    yield logger
    logger.filters[:] = before


def test_the_access_log_shows_no_signature(access: logging.Logger, caplog: pytest.LogCaptureFixture) -> None:
    access.info('%s - "%s %s HTTP/%s" %d', "10.0.0.1:5", "GET", f"/approve/{SIGNED}?x=1", "1.1", 303)
    assert caplog.messages == ['10.0.0.1:5 - "GET /approve/…?x=1 HTTP/1.1" 303']


def test_other_addresses_stay_readable(access: logging.Logger, caplog: pytest.LogCaptureFixture) -> None:
    access.info('"%s"', "/approvals/01JD7Z")
    assert caplog.messages == ['"/approvals/01JD7Z"']


def test_a_text_without_arguments_is_masked_too() -> None:
    record = logging.LogRecord("x", logging.INFO, "", 0, f"GET /approve/{SIGNED}", None, None)
    assert Masked().filter(record)
    assert record.getMessage() == "GET /approve/…"
