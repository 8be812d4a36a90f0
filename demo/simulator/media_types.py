"""The media types of requests and responses: JSON, and merge patches."""

from collections.abc import Iterable

from fastapi import Request

from demo.simulator.errors import NotAcceptableError, UnsupportedMediaTypeError

JSON = "application/json"
MERGE_PATCH = "application/merge-patch+json"
# By how much they say; what says most about JSON decides (RFC 9110, section 12.5.1).
_RANGES = ("*/*", "application/*", JSON)


def check_media_types(request: Request) -> None:
    """Raises UnsupportedMediaTypeError for a body that is not JSON, NotAcceptableError if JSON is not accepted."""
    if not _accepts_json(",".join(request.headers.getlist("Accept"))):
        raise NotAcceptableError(JSON)
    readable = {"POST": (JSON,), "PATCH": (MERGE_PATCH, JSON)}.get(request.method)
    if readable and _media_type(request.headers.get("Content-Type", "")) not in readable:
        raise UnsupportedMediaTypeError(request.method, readable)


def _accepts_json(header: str) -> bool:
    weights = {_media_type(each): _weight(each.split(";")[1:]) for each in header.split(",") if each.strip()}
    known = [weights[each] for each in _RANGES if each in weights]
    return known[-1] > 0 if known else not weights


def _weight(parameters: Iterable[str]) -> float:
    """The parameter `q`, 1 without one; 0 if it is no number."""
    for parameter in parameters:
        name, _, value = parameter.partition("=")
        if name.strip().lower() == "q":
            try:
                return float(value)
            except ValueError:
                return 0
    return 1


def _media_type(text: str) -> str:
    return text.partition(";")[0].strip().lower()
