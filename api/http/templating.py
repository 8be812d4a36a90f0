"""Server-rendered pages: one Jinja2 environment for all templates, everything escaped.

Times are shown in the time zone the page calls `zone`; what is shown is never a naked UTC time where one is known.
"""

from collections.abc import Iterable
from datetime import UTC, date, datetime
from itertools import groupby
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from fastapi import Request, Response
from fastapi.templating import Jinja2Templates
from jinja2 import Environment, FileSystemLoader, StrictUndefined, pass_context, select_autoescape
from jinja2.runtime import Context

from api.http.static_files import version
from api.http.status_colors import tone
from notifications import formatting

_FOLDER = Path(__file__).parent.parent / "templates"
_HOUR, _DAY = 60, 24 * 60


def _zone(context: Context) -> str:
    return str(context.get("zone", "UTC"))


@pass_context
def _moment(context: Context, at: datetime) -> str:
    """`Fri, Dec 4, 2026, 9:00 AM CST`."""
    return formatting.moment(at, _zone(context))


@pass_context
def _brief(context: Context, at: datetime) -> str:
    """`Dec 4, 2026, 9:00 AM`, for tables; the foot of the page names the zone."""
    return formatting.brief(at, _zone(context))


@pass_context
def _clock(context: Context, at: datetime) -> str:
    """`9:00:05 AM`."""
    return formatting.clock(at, _zone(context))


@pass_context
def _by_day(context: Context, things: Iterable[Any]) -> list[tuple[date, list[Any]]]:
    """Things that have a moment `at`, in the order they come, by the day it was then and there."""
    zone = ZoneInfo(_zone(context))
    return [(day, [*group]) for day, group in groupby(things, key=lambda thing: thing.at.astimezone(zone).date())]


@pass_context
def _zone_name(context: Context, at: datetime | None = None) -> str:
    """`CST`: what the zone is called now."""
    return f"{(at or datetime.now(UTC)).astimezone(ZoneInfo(_zone(context))):%Z}"


def _words(value: str | None) -> str:
    """A code word as people read it: `AWAITING_APPROVAL` is "Awaiting approval"."""
    return (value or "").replace("_", " ").capitalize()


def _initials(name: str) -> str:
    """`AO` for Ann Marie Ortiz."""
    words = name.split() or [""]
    return (words[0][:1] + (words[-1][:1] if len(words) > 1 else "")).upper()


def _lasted(since: datetime, now: datetime) -> str:
    """`4 min`, `3 h`, `2 d`: how long something has gone on, roughly."""
    minutes = max(int((now - since).total_seconds() // 60), 0)
    if minutes < _HOUR:
        return f"{minutes} min" if minutes else "under 1 min"
    return f"{minutes // _HOUR} h" if minutes < 2 * _DAY else f"{minutes // _DAY} d"


def _environment() -> Environment:
    environment = Environment(
        loader=FileSystemLoader(_FOLDER),
        autoescape=select_autoescape(),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {
        "moment": _moment,
        "brief": _brief,
        "clock": _clock,
        "by_day": _by_day,
        "day": formatting.day,
        "money": formatting.money,
        "telephone": formatting.telephone,
        "words": _words,
        "initials": _initials,
        "lasted": _lasted,
        "tone": tone,
    }
    environment.globals |= {"zone_name": _zone_name, "version": version}
    return environment


_TEMPLATES = Jinja2Templates(env=_environment())


def render(request: Request, template: str, context: dict[str, Any], *, status_code: int = 200) -> Response:
    """A page out of a template of `api/templates`."""
    return _TEMPLATES.TemplateResponse(request, template, context, status_code=status_code)
