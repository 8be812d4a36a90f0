from collections.abc import Callable
from datetime import UTC, datetime

import pytest

from models.errors import LinkNotValid
from models.facts import Policy
from notifications.links import Purpose, Signer, link_expiry, mask

LINK = "01JD7Z9Q3N8V6M2K4T5R7W9X0Y"
FRIDAY = datetime(2026, 11, 20, 22, 30, tzinfo=UTC)  # half past four in Chicago
FAR = datetime(2027, 1, 1, tzinfo=UTC)


def signer(*keys: str) -> Signer:
    return Signer(keys or ("a-key",), "https://dialtone.example.com/")


def signed(by: Signer) -> str:
    return by.url(LINK).rsplit("/", 1)[1]


def test_a_signed_link_is_read_back_and_is_the_same_every_time() -> None:
    assert signer().url(LINK) == signer().url(LINK)
    assert signer().url(LINK).startswith("https://dialtone.example.com/approve/")
    assert signer().read(signed(signer())) == LINK


def test_an_old_key_still_opens_its_links_until_it_is_taken_away() -> None:
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
    lambda _: signer().grant(Purpose.VISIT, LINK),
])  # fmt: skip
def test_what_we_did_not_sign_is_not_a_link(forge: Callable[[str], str]) -> None:
    with pytest.raises(LinkNotValid):
        signer().read(forge(signed(signer())))


def test_a_grant_is_good_for_its_purpose_only() -> None:
    visit = signer().grant(Purpose.VISIT, LINK)
    assert signer().granted(Purpose.VISIT, visit, seconds=60) == LINK
    with pytest.raises(LinkNotValid):
        signer().granted(Purpose.FORM, visit, seconds=60)


def test_a_grant_ends_soon() -> None:
    with pytest.raises(LinkNotValid, match="too long"):
        signer().granted(Purpose.FORM, signer().grant(Purpose.FORM, LINK), seconds=-1)


def test_a_signer_without_a_key_is_a_mistake() -> None:
    with pytest.raises(ValueError, match="at least one key"):
        Signer([], "https://dialtone.example.com")


@pytest.mark.parametrize(("start", "ends"), [
    (datetime(2026, 11, 16, 15, tzinfo=UTC), datetime(2026, 11, 19, 15, tzinfo=UTC)),
    (FRIDAY, datetime(2026, 11, 25, 22, 30, tzinfo=UTC)),
    (datetime(2026, 11, 21, 4, tzinfo=UTC), datetime(2026, 11, 26, 4, tzinfo=UTC)),
    # Thanksgiving is no working day: Wednesday's link lasts until the Tuesday after.
    (datetime(2026, 11, 25, 15, tzinfo=UTC), datetime(2026, 12, 1, 15, tzinfo=UTC)),
], ids=["a week day", "over a weekend", "late in the evening", "over a long weekend"])  # fmt: skip
def test_a_link_lasts_three_working_days(start: datetime, ends: datetime) -> None:
    assert link_expiry(Policy(), start, FAR) == ends


def test_a_link_never_outlives_the_deadline() -> None:
    deadline = datetime(2026, 11, 23, tzinfo=UTC)
    assert link_expiry(Policy(), FRIDAY, deadline) == deadline


def test_signatures_are_masked_in_texts() -> None:
    url = signer().url(LINK)
    masked = mask(f'554 spam: <{url}> "GET /approve/{signed(signer())} HTTP/1.1" 303')
    assert signed(signer()) not in masked
    assert masked.endswith('"GET /approve/… HTTP/1.1" 303')
