"""HTTP client for a TMF622 carrier: authentication, time-outs, paging and the meaning of error responses."""

from collections.abc import AsyncGenerator, Collection, Mapping
from datetime import MAXYEAR, UTC, datetime
from email.utils import parsedate_to_datetime
from importlib.metadata import version
from json import dumps
from types import MappingProxyType
from typing import Any, Protocol, TypeVar

import httpx2
from pydantic import ValidationError

from carriers.rate_limit import RateLimit
from carriers.tmf622.documents import Document
from carriers.tmf622.refusals import correctable
from carriers.tmf622.secret_characteristics import secrets_in
from models.errors import CarrierDeclined, CarrierUnavailable, PublicError
from models.secret_values import mask_values

BASE = "/tmf-api/productOrderingManagement/v4"
MERGE_PATCH = "application/merge-patch+json"
TIMEOUT = httpx2.Timeout(20, connect=5)
USER_AGENT = f"Dialtone/{version('dialtone')}"
# A call that would wait longer for its turn is put off, so that it does not use up the time of its activity.
LONGEST_TURN_SECONDS = 10.0
UNAUTHORIZED, CONFLICT, PRECONDITION_FAILED, TOO_MANY_REQUESTS = 401, 409, 412, 429
# The carrier understood the request and declined it. Any other error may pass, or is for an operator to fix.
DECLINED_STATUSES = frozenset({400, 409, 422})
# The carrier has not acted on the request. After any other error, such as 502 from a proxy, that is unknown. A proxy
# also answers 503 if the connection broke after it had passed the request on, but doesn't say then when to try again.
TURNED_AWAY_STATUSES = frozenset({401, 403, 404, 405, 429})
UNAVAILABLE = 503
NOT_CONNECTED = (httpx2.ConnectError, httpx2.ConnectTimeout, httpx2.PoolTimeout)
NO_HEADERS: Mapping[str, str] = MappingProxyType({})
# A longer Retry-After would leave an order waiting unnoticed.
MAX_RETRY_AFTER_SECONDS = 3600.0
# Filtered by our reference, the list has one page. A carrier that ignores the filter could have any number.
MAX_PAGES = 20

D = TypeVar("D", bound=Document)


class Credentials(Protocol):
    async def token(self) -> str:
        """The bearer token. Raises CarrierUnavailable."""

    def renew(self) -> bool:
        """Whether another token can be had, as the carrier has rejected this one."""

    async def close(self) -> None: ...


class TmfClient:
    """Every call raises CarrierDeclined or CarrierUnavailable, never an HTTP error."""

    def __init__(
        self, name: str, url: str, credentials: Credentials, limit: RateLimit, http: httpx2.AsyncClient | None
    ) -> None:
        self._name = name
        self._root = url.rstrip("/")
        self._credentials = credentials
        self._limit = limit
        self._http = http or httpx2.AsyncClient(timeout=TIMEOUT)

    async def get(self, path: str, *, declined: Collection[int] = ()) -> Any:
        """The JSON at a path; an error status in `declined` is final."""
        document, _ = await self.get_with_time(path, declined=declined)
        return document

    async def get_with_time(self, path: str, *, declined: Collection[int] = ()) -> tuple[Any, datetime | None]:
        """Like `get`, and when the carrier was asked, by its own clock; None if it doesn't say.

        Its answer has the time of its end, without the fraction of the second.
        """
        response = await self._send("GET", path, declined)
        answered_at = _http_date(response.headers.get("Date"))
        return self._json(response), answered_at and answered_at - response.elapsed

    async def read(self, path: str, *, declined: Collection[int]) -> tuple[Any, str | None]:
        """As `get`, with the ETag that `patch` takes, if there is one. A weak one matches nothing there (RFC 9110)."""
        response = await self._send("GET", path, declined)
        etag = response.headers.get("ETag", "")
        return self._json(response), etag if etag.startswith('"') else None

    async def pages(self, path: str, query: Mapping[str, str]) -> AsyncGenerator[list[Any], None]:
        """The pages of a list. Raises CarrierUnavailable unless the list can be read to its end."""
        seen, previous = 0, None
        for _ in range(MAX_PAGES):
            offset = {"offset": str(seen)} if seen else {}
            response = await self._send("GET", path, (), params={**query, **offset})
            page = self._json(response)
            if not isinstance(page, list) or page == previous:
                break
            yield page
            seen, previous = seen + len(page), page
            if not _has_more(response, seen):
                return
        raise CarrierUnavailable(f"{self._name} returned a list that can't be read to its end.")

    async def post(self, path: str, body: Mapping[str, Any], headers: Mapping[str, str] = NO_HEADERS) -> Any:
        """The JSON of the created resource."""
        return self._json(await self._send("POST", path, DECLINED_STATUSES, json=body, headers=headers))

    async def ask(self, path: str, body: Mapping[str, Any]) -> Any:
        """The JSON that answers a question at a path of another API of the carrier, which changes nothing."""
        return self._json(await self._send("POST", path, DECLINED_STATUSES, base="", json=body))

    async def ensure(self, path: str, body: Mapping[str, Any]) -> None:
        """Create a resource that may exist already, which the carrier answers with a conflict."""
        await self._send("POST", path, DECLINED_STATUSES, accepted={CONFLICT}, json=body)

    async def patch(self, path: str, body: Mapping[str, Any], *, etag: str | None) -> bool:
        """Send a merge patch (RFC 7396). False if the resource no longer has this ETag: then nothing is changed."""
        headers = {"Content-Type": MERGE_PATCH} | ({"If-Match": etag} if etag else {})
        accepted = {PRECONDITION_FAILED} if etag else ()
        response = await self._send("PATCH", path, DECLINED_STATUSES, accepted=accepted, json=body, headers=headers)
        return response.status_code != PRECONDITION_FAILED

    def parse(self, kind: type[D], document: Any) -> D:
        """Validate a document. Raises CarrierUnavailable, without repeating what the document holds."""
        try:
            return kind.model_validate(document)
        except ValidationError as error:
            raise CarrierUnavailable(f"{self._name} sent an unexpected response: {error}") from error

    async def close(self) -> None:
        await self._http.aclose()
        await self._credentials.close()

    async def _send(
        self,
        method: str,
        path: str,
        declined: Collection[int],
        *,
        accepted: Collection[int] = (),
        **request: Any,
    ) -> httpx2.Response:
        response = await self._request(method, path, **request)
        if response.status_code == UNAUTHORIZED and self._credentials.renew():
            response = await self._request(method, path, **request)
        if not response.is_success and response.status_code not in accepted:
            raise self._error(response, declined, [*secrets_in(request.get("json"))])
        return response

    async def _request(
        self,
        method: str,
        path: str,
        *,
        base: str = BASE,
        headers: Mapping[str, str] = NO_HEADERS,
        json: Any = None,
        **request: Any,
    ) -> httpx2.Response:
        """`json` is sent in ASCII: what a carrier has sent can have half a surrogate pair, which has no encoding."""
        if json is not None:
            headers = {"Content-Type": "application/json", **headers}
            request["content"] = dumps(json)
        own = {
            "Authorization": f"Bearer {await self._credentials.token()}",
            "Accept": "application/json",
            "User-Agent": USER_AGENT,
        }
        turn_in = await self._limit.take_turn(within=LONGEST_TURN_SECONDS)
        if turn_in is not None:
            raise CarrierUnavailable(
                f"{self._name} is called as often as it allows.", retry_after_seconds=turn_in, nothing_done=True
            )
        try:
            address = f"{self._root}{base}{path}"
            response = await self._http.request(method, address, headers=own | dict(headers), **request)
        except httpx2.RequestError as error:
            raise CarrierUnavailable(
                f"{self._name} did not respond: {type(error).__name__}.", nothing_done=isinstance(error, NOT_CONNECTED)
            ) from error
        if response.status_code == TOO_MANY_REQUESTS:
            self._limit.pause(_retry_after(response.headers.get("Retry-After")) or 0)
        return response

    def _json(self, response: httpx2.Response) -> Any:
        try:
            return response.json()
        except ValueError as error:
            raise CarrierUnavailable(f"{self._name} did not return JSON.") from error

    def _error(
        self, response: httpx2.Response, declined: Collection[int], sent_secrets: Collection[str]
    ) -> PublicError:
        """Code and reason are the carrier's, which may repeat what was sent."""
        code, reason = (mask_values(text, sent_secrets) for text in _code_and_reason(response))
        if response.status_code in declined:
            detail = reason or f"{self._name} declined the request."
            return CarrierDeclined(detail, facts={"code": code}, needs=correctable(code))
        status, retry_after = response.status_code, _retry_after(response.headers.get("Retry-After"))
        return CarrierUnavailable(
            f"{self._name} returned {status}: {reason or response.reason_phrase}",
            retry_after_seconds=retry_after,
            nothing_done=status in TURNED_AWAY_STATUSES or (status == UNAVAILABLE and retry_after is not None),
        )


def _has_more(response: httpx2.Response, seen: int) -> bool:
    """Whether another page follows, by whichever of the standard's headers the carrier sends."""
    total = response.headers.get("X-Total-Count", "")
    if total.isdecimal():
        return seen < int(total)
    return "next" in response.links or response.headers.get("X-Pagination-Throttled") == "true"


def _code_and_reason(response: httpx2.Response) -> tuple[str, str]:
    """Read a TMF error; some carriers return a list of them."""
    try:
        document = response.json()
    except ValueError:
        document = {}
    first = document[0] if isinstance(document, list) and document else document
    error = first if isinstance(first, dict) else {}
    return str(error.get("code") or response.status_code), str(error.get("reason") or error.get("message") or "")


def _retry_after(header: str | None) -> float | None:
    """Seconds to wait, from a number of seconds or an HTTP date."""
    if header is None:
        return None
    if header.isdecimal():
        return min(float(header), MAX_RETRY_AFTER_SECONDS)
    at = _http_date(header)
    return None if at is None else min(max((at - datetime.now(UTC)).total_seconds(), 0.0), MAX_RETRY_AFTER_SECONDS)


def _http_date(header: str | None) -> datetime | None:
    """UTC unless the date has an offset; None if it is none, or has no time in every time zone."""
    try:
        at = parsedate_to_datetime(header or "")
    except ValueError:
        return None
    return at.replace(tzinfo=at.tzinfo or UTC) if at.year < MAXYEAR else None
