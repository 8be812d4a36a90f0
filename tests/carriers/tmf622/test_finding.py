"""Finding our order in the carrier's list, whichever paging headers the carrier sends."""

from collections.abc import Awaitable, Callable, Sequence
from typing import Any

import httpx2
import pytest

from carriers.tmf622 import Tmf622Carrier
from models.errors import CarrierUnavailable
from tests.carriers.carrier_client import adapter, carrier_order

OURS = "01J:1"
OTHERS = [{"id": f"C{number}", "externalId": f"other:{number}"} for number in range(9)]
FOUND = [*OTHERS, {"id": "C9", "externalId": OURS}]


class PagingCarrier:
    """A carrier that ignores filters; `header` is how it announces another page."""

    def __init__(self, orders: Sequence[Any], *, limit: int = 4, header: str = "X-Total-Count") -> None:
        self.orders = orders
        self.limit = limit
        self.header = header
        self.queries: list[dict[str, str]] = []

    def respond(self, request: httpx2.Request) -> httpx2.Response:
        self.queries.append(dict(request.url.params))
        offset = int(request.url.params.get("offset", 0))
        page = self.orders[offset : offset + self.limit]
        headers = self._headers(more=offset + self.limit < len(self.orders))
        return httpx2.Response(206 if headers else 200, json=page, headers=headers)

    def _headers(self, *, more: bool) -> dict[str, str]:
        if self.header == "X-Total-Count":
            return {"X-Total-Count": str(len(self.orders))}
        values = {"Link": '<http://carrier/next>; rel="next"', "X-Pagination-Throttled": "true"}
        return {self.header: values[self.header]} if more else {}


def adapter_to(respond: Callable[[httpx2.Request], httpx2.Response]) -> Tmf622Carrier:
    return adapter("http://carrier", http=httpx2.AsyncClient(transport=httpx2.MockTransport(respond)))


@pytest.mark.parametrize("header", ["X-Total-Count", "Link", "X-Pagination-Throttled"])
async def test_an_order_is_found_on_a_later_page(header: str) -> None:
    carrier = PagingCarrier(FOUND, header=header)
    assert await adapter_to(carrier.respond).find(OURS) == ("C9",)
    assert [query.get("offset") for query in carrier.queries] == [None, "4", "8"]
    assert {query["externalId"] for query in carrier.queries} == {OURS}


@pytest.mark.parametrize("header", ["X-Total-Count", "Link", "X-Pagination-Throttled"])
@pytest.mark.parametrize(("orders", "pages"), [([], 1), (OTHERS[:4], 1), (OTHERS[:5], 2), (OTHERS, 3)])
async def test_an_order_on_no_page_is_not_found(orders: list[Any], pages: int, header: str) -> None:
    carrier = PagingCarrier(orders, header=header)
    assert await adapter_to(carrier.respond).find(OURS) == ()
    assert len(carrier.queries) == pages


async def test_a_second_order_is_found_on_a_later_page() -> None:
    carrier = PagingCarrier([FOUND[-1], *OTHERS, {"id": "C10", "externalId": OURS}])
    assert await adapter_to(carrier.respond).find(OURS) == ("C9", "C10")


@pytest.mark.parametrize(
    "listed",
    [
        lambda offset: [{"id": f"C{offset}", "externalId": f"other:{offset}"}],
        lambda _: [],
        lambda _: OTHERS[:4],
        lambda _: "orders",
        lambda _: {"orders": OTHERS},
    ],
    ids=["endless", "empty although there is more", "the same page again", "a string", "an object"],
)
async def test_a_list_that_cannot_be_read_to_its_end_says_nothing(listed: Callable[[int], Any]) -> None:
    def respond(request: httpx2.Request) -> httpx2.Response:
        offset = int(request.url.params.get("offset", 0))
        return httpx2.Response(200, json=listed(offset), headers={"X-Total-Count": "9999"})

    with pytest.raises(CarrierUnavailable, match="can't be read to its end"):
        await adapter_to(respond).find(OURS)


@pytest.mark.parametrize("status", [429, 503])
@pytest.mark.parametrize(
    "call",
    [
        lambda carrier: carrier.submit(carrier_order()),
        lambda carrier: carrier.find(OURS),
        lambda carrier: carrier.status("C1"),
        lambda carrier: carrier.cancel("C1", "changed our mind"),
        lambda carrier: carrier.activate("C1", "1", {}),
        lambda carrier: carrier.provide("C1", ["1"], {"service_zip": "10001"}, ""),
        lambda carrier: carrier.ensure_listening("http://127.0.0.1:1/events"),
    ],
    ids=["submit", "find", "status", "cancel", "activate", "provide", "listen"],
)
async def test_every_call_follows_retry_after(call: Callable[[Tmf622Carrier], Awaitable[Any]], status: int) -> None:
    with pytest.raises(CarrierUnavailable) as caught:
        await call(adapter_to(lambda _: httpx2.Response(status, headers={"Retry-After": "7"})))
    assert caught.value.retry_after_seconds == 7
