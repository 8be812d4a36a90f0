from collections.abc import Callable
from datetime import UTC, datetime

import pytest

from models.errors import LinkNotValid
from models.facts import Policy
from notifications.link_expiry import link_expiry
from notifications.links import Purpose, Signer, mask

LINK = "01JD7Z9Q3N8V6M2K4T5R7W9X0Y"
FRIDAY = datetime(2026, 11, 20, 22, 30, tzinfo=UTC)  # 4:30 PM in Chicago
FAR = datetime(2027, 1, 1, tzinfo=UTC)


def signer(*keys: str) -> Signer:
    return Signer(keys or ("a-key",), "https://dialtone.example.com/")


def signed(by: Signer) -> str:
    return by.url(LINK).rsplit("/", 1)[1]


def test_a_signed_link_is_read_back_and_is_always_the_same() -> None:
    assert signer().url(LINK) == signer().url(LINK)
    assert signer().url(LINK).startswith("https://dialtone.example.com/approve/")
    assert signer().read(signed(signer())) == LINK


def test_a_rotated_key_verifies_its_links_until_it_is_removed() -> None:
    old = signed(signer("old"))
    assert signer("new", "old").read(old) == LINK
    assert signed(signer("new", "old")) == signed(signer("new"))
    with pytest.raises(LinkNotValid):
        signer("new").read(old)


@pytest.mark.parametrize("forge", [
    lambda text: text[:-1] + ("A" if text[-1] != "A" else "B"),
    lambda text: "X" + text,
    lambda text: text.split(".")[0],
    lambda text: text.split(".")[0] + ".",
    lambda _: "",
    lambda _: LINK,
    lambda _: signed(signer("stolen")),
    lambda _: signer().sign_token(Purpose.LINK_SESSION, LINK),
])  # fmt: skip
def test_a_forged_link_is_not_valid(forge: Callable[[str], str]) -> None:
    with pytest.raises(LinkNotValid):
        signer().read(forge(signed(signer())))


def test_a_token_is_valid_for_its_purpose_only() -> None:
    token = signer().sign_token(Purpose.LINK_SESSION, LINK)
    assert signer().read_token(Purpose.LINK_SESSION, token, seconds=60) == LINK
    with pytest.raises(LinkNotValid):
        signer().read_token(Purpose.FORM, token, seconds=60)


def test_a_token_expires() -> None:
    with pytest.raises(LinkNotValid, match="too long"):
        signer().read_token(Purpose.FORM, signer().sign_token(Purpose.FORM, LINK), seconds=-1)


def test_a_signer_needs_a_key() -> None:
    with pytest.raises(ValueError, match="at least one key"):
        Signer([], "https://dialtone.example.com")


@pytest.mark.parametrize(("start", "ends"), [
    (datetime(2026, 11, 16, 15, tzinfo=UTC), datetime(2026, 11, 19, 15, tzinfo=UTC)),
    (FRIDAY, datetime(2026, 11, 25, 22, 30, tzinfo=UTC)),
    (datetime(2026, 11, 21, 4, tzinfo=UTC), datetime(2026, 11, 26, 4, tzinfo=UTC)),
    # Thanksgiving is not a working day: a link of Wednesday lasts until the next Tuesday.
    (datetime(2026, 11, 25, 15, tzinfo=UTC), datetime(2026, 12, 1, 15, tzinfo=UTC)),
], ids=["a weekday", "over a weekend", "late in the evening", "over a long weekend"])  # fmt: skip
def test_a_link_lasts_three_working_days(start: datetime, ends: datetime) -> None:
    assert link_expiry(Policy(), start, FAR) == ends


def test_a_link_expires_with_the_deadline() -> None:
    deadline = datetime(2026, 11, 23, tzinfo=UTC)
    assert link_expiry(Policy(), FRIDAY, deadline) == deadline


def test_signatures_are_masked_in_text() -> None:
    url = signer().url(LINK)
    masked = mask(f'554 spam: <{url}> "GET /approve/{signed(signer())} HTTP/1.1" 303')
    assert signed(signer()) not in masked
    assert masked.endswith('"GET /approve/… HTTP/1.1" 303')
