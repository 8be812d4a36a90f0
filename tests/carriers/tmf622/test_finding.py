"""An order is found in whatever list the carrier gives; what may be hidden behind a page is not taken for nothing."""

from collections.abc import Awaitable, Callable, Sequence
from typing import Any

import httpx2
import pytest

from carriers.tmf622 import Tmf622Carrier
from models.errors import CarrierUnavailable
from models.order import Identifiers
from tests.carriers.carrier_client import adapter, work

OURS = "01J:1"
MUCH = [{"id": f"C{number}", "externalId": f"other:{number}"} for number in range(9)]
FOUND = [*MUCH, {"id": "C9", "externalId": OURS}]


class Carrier:
    """A carrier with these orders that takes no notice of filters; `says` tells how it signals further pages."""

    def __init__(self, orders: Sequence[Any], *, limit: int = 4, says: str = "X-Total-Count") -> None:
        self.orders = orders
        self.limit = limit
        self.says = says
        self.asked: list[dict[str, str]] = []

    def answer(self, request: httpx2.Request) -> httpx2.Response:
        """Give the page asked for."""
        self.asked.append(dict(request.url.params))
        offset = int(request.url.params.get("offset", 0))
        page = self.orders[offset : offset + self.limit]
        headers = self._headers(more=offset + self.limit < len(self.orders))
        return httpx2.Response(206 if headers else 200, json=page, headers=headers)

    def _headers(self, *, more: bool) -> dict[str, str]:
        if self.says == "X-Total-Count":
            return {"X-Total-Count": str(len(self.orders))}
        signals = {"Link": '<http://carrier/next>; rel="next"', "X-Pagination-Throttled": "true"}
        return {self.says: signals[self.says]} if more else {}


def reached(answer: Callable[[httpx2.Request], httpx2.Response]) -> Tmf622Carrier:
    return adapter("http://carrier", http=httpx2.AsyncClient(transport=httpx2.MockTransport(answer)))


@pytest.mark.parametrize("says", ["X-Total-Count", "Link", "X-Pagination-Throttled"])
async def test_an_order_is_found_on_a_later_page(says: str) -> None:
    carrier = Carrier(FOUND, says=says)
    assert await reached(carrier.answer).find(OURS) == "C9"
    assert [asked.get("offset") for asked in carrier.asked] == [None, "4", "8"]
    assert {asked["externalId"] for asked in carrier.asked} == {OURS}


@pytest.mark.parametrize("says", ["X-Total-Count", "Link", "X-Pagination-Throttled"])
@pytest.mark.parametrize(("orders", "pages"), [([], 1), (MUCH[:4], 1), (MUCH[:5], 2), (MUCH, 3)])
async def test_an_order_that_is_on_no_page_is_not_there(orders: list[Any], pages: int, says: str) -> None:
    carrier = Carrier(orders, says=says)
    assert await reached(carrier.answer).find(OURS) is None
    assert len(carrier.asked) == pages


async def test_no_page_is_read_behind_the_one_with_our_order() -> None:
    carrier = Carrier([FOUND[-1], *MUCH])
    assert await reached(carrier.answer).find(OURS) == "C9"
    assert len(carrier.asked) == 1


@pytest.mark.parametrize(
    "listed",
    [
        lambda offset: [{"id": f"C{offset}", "externalId": f"other:{offset}"}],
        lambda _: [],
        lambda _: MUCH[:4],
        lambda _: "orders",
        lambda _: {"orders": MUCH},
    ],
    ids=["without an end", "empty though there is more", "the same page again", "a word", "no list"],
)
async def test_nothing_is_placed_where_a_list_cannot_be_looked_through(listed: Callable[[int], Any]) -> None:
    placed: list[httpx2.Request] = []

    def answer(request: httpx2.Request) -> httpx2.Response:
        if request.method == "POST":
            placed.append(request)
        offset = int(request.url.params.get("offset", 0))
        return httpx2.Response(200, json=listed(offset), headers={"X-Total-Count": "9999"})

    with pytest.raises(CarrierUnavailable, match="looked through"):
        await reached(answer).submit(work())
    assert placed == []


@pytest.mark.parametrize("status", [429, 503])
@pytest.mark.parametrize(
    "ask",
    [
        lambda carrier: carrier.submit(work()),
        lambda carrier: carrier.find(OURS),
        lambda carrier: carrier.status("C1"),
        lambda carrier: carrier.cancel("C1", "changed our mind"),
        lambda carrier: carrier.activate("C1", "1", Identifiers()),
        lambda carrier: carrier.provide("C1", {"service_zip": "10001"}),
        lambda carrier: carrier.ensure_listening("http://127.0.0.1:1/nobody"),
    ],
    ids=["submit", "find", "status", "cancel", "activate", "provide", "listen"],
)
async def test_whatever_is_asked_of_a_carrier_that_turns_us_away_is_asked_again_when_it_says(
    ask: Callable[[Tmf622Carrier], Awaitable[Any]], status: int
) -> None:
    with pytest.raises(CarrierUnavailable) as caught:
        await ask(reached(lambda _: httpx2.Response(status, headers={"Retry-After": "7"})))
    assert caught.value.retry_after_seconds == 7
