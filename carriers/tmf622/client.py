"""HTTP to a carrier: who we are, how long we wait, and what its refusals mean."""

from collections.abc import AsyncGenerator, Collection, Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any, TypeVar

import httpx2
from pydantic import ValidationError

from carriers.tmf622.documents import Document
from models.errors import CarrierRefused, CarrierUnavailable, OrderError

BASE = "/tmf-api/productOrderingManagement/v4"
TIMEOUT = httpx2.Timeout(20, connect=5)
# The carrier understood and said no. All other failures may pass, or are for an operator to mend.
REFUSALS = frozenset({400, 409, 422})
# A carrier that asks for more would keep an order waiting unseen.
LONGEST_WAIT_SECONDS = 3600.0
# Our reference filters the list, so that there is one page. A carrier that ignores it is not read for ever.
MOST_PAGES = 20

Json = dict[str, Any]
D = TypeVar("D", bound=Document)


class Client:
    """Calls one carrier. Every call raises CarrierRefused or CarrierUnavailable, never an HTTP error."""

    def __init__(self, name: str, url: str, token: str, http: httpx2.AsyncClient | None) -> None:
        self._name = name
        self._base = f"{url.rstrip('/')}{BASE}"
        self._headers = {"Authorization": f"Bearer {token}", "Accept": "application/json"}
        self._http = http or httpx2.AsyncClient()

    async def get(self, path: str, *, query: Mapping[str, str] | None = None, refusals: Collection[int] = ()) -> Any:
        """The document at a path; `refusals` are the answers that are final."""
        return await self._call("GET", path, params=query, refusals=refusals)

    async def pages(self, path: str, query: Mapping[str, str]) -> AsyncGenerator[list[Any], None]:
        """A list, page by page, as long as the carrier says that there is more; what it hides is not nothing."""
        seen, before = 0, None
        for _ in range(MOST_PAGES):
            further = {"offset": str(seen)} if seen else {}
            answer = await self._send("GET", path, params={**query, **further}, refusals=())
            page = self._json(answer)
            if not isinstance(page, list) or page == before:
                break
            yield page
            seen, before = seen + len(page), page
            if not _has_more(answer, seen):
                return
        raise CarrierUnavailable(f"{self._name} answered no list that can be looked through to its end.")

    async def post(self, path: str, body: Json) -> Any:
        """What the carrier made of the body."""
        return await self._call("POST", path, json=body, refusals=REFUSALS)

    async def patch(self, path: str, body: Json) -> Any:
        """The document after the change."""
        return await self._call("PATCH", path, json=body, refusals=REFUSALS)

    def read(self, kind: type[D], document: Any) -> D:
        """A document as a value; one that cannot be read is no answer at all."""
        try:
            return kind.model_validate(document)
        except ValidationError as error:
            raise CarrierUnavailable(f"{self._name} answered what cannot be understood: {error}") from error

    async def close(self) -> None:
        """Give the connections back."""
        await self._http.aclose()

    async def _call(self, method: str, path: str, *, refusals: Collection[int], **more: Any) -> Any:
        return self._json(await self._send(method, path, refusals=refusals, **more))

    async def _send(self, method: str, path: str, *, refusals: Collection[int], **more: Any) -> httpx2.Response:
        try:
            answer = await self._http.request(
                method, f"{self._base}{path}", headers=self._headers, timeout=TIMEOUT, **more
            )
        except httpx2.RequestError as error:
            raise CarrierUnavailable(f"{self._name} did not answer: {type(error).__name__}.") from error
        if not answer.is_success:
            raise self._failure(answer, refusals)
        return answer

    def _json(self, answer: httpx2.Response) -> Any:
        try:
            return answer.json()
        except ValueError as error:
            raise CarrierUnavailable(f"{self._name} answered no JSON.") from error

    def _failure(self, answer: httpx2.Response, refusals: Collection[int]) -> OrderError:
        code, reason = _said(answer)
        if answer.status_code in refusals:
            return CarrierRefused(reason or f"{self._name} refused.", facts={"code": code})
        return CarrierUnavailable(
            f"{self._name} answered {answer.status_code}: {reason or answer.reason_phrase}",
            retry_after_seconds=_wait(answer.headers.get("Retry-After")),
        )


def _has_more(answer: httpx2.Response, seen: int) -> bool:
    """Tell whether a list goes on behind what was seen, by whichever header the carrier gives."""
    total = answer.headers.get("X-Total-Count", "")
    if total.isdecimal():
        return seen < int(total)
    return "next" in answer.links or answer.headers.get("X-Pagination-Throttled") == "true"


def _said(answer: httpx2.Response) -> tuple[str, str]:
    """Code and reason of a TMF error; some carriers answer a list of them."""
    try:
        document = answer.json()
    except ValueError:
        document = {}
    first = document[0] if isinstance(document, list) and document else document
    error = first if isinstance(first, dict) else {}
    return str(error.get("code") or answer.status_code), str(error.get("reason") or error.get("message") or "")


def _wait(retry_after: str | None) -> float | None:
    """Seconds to wait, from a number of seconds or a date."""
    if retry_after is None:
        return None
    if retry_after.isdecimal():
        return min(float(retry_after), LONGEST_WAIT_SECONDS)
    try:
        until = parsedate_to_datetime(retry_after)
    except ValueError:
        return None
    seconds = (until.replace(tzinfo=until.tzinfo or UTC) - datetime.now(UTC)).total_seconds()
    return min(max(seconds, 0.0), LONGEST_WAIT_SECONDS)
