"""The Jinja2 environment of all pages; everything is escaped, and times are shown in the time zone named `zone`."""

from collections.abc import Iterable
from datetime import date, datetime
from itertools import groupby
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from fastapi import Request, Response
from fastapi.templating import Jinja2Templates
from jinja2 import Environment, FileSystemLoader, StrictUndefined, pass_context, select_autoescape
from jinja2.runtime import Context

from api.http.static_files import version
from api.http.statuses import DEVICE_STATUSES, LINE_STATUSES, role_names, tone
from models import formatting
from models.address import in_one_line
from models.attestation import waiting_to_accept
from models.status_labels import label

_FOLDER = Path(__file__).parent.parent / "templates"
_HOUR, _DAY = 60, 24 * 60


def _zone(context: Context) -> str:
    return str(context.get("zone", "UTC"))


@pass_context
def _date_time(context: Context, at: datetime) -> str:
    return formatting.date_time(at, _zone(context))


@pass_context
def _time_of_day(context: Context, at: datetime) -> str:
    return formatting.time_of_day(at, _zone(context))


@pass_context
def _by_day(context: Context, items: Iterable[Any]) -> list[tuple[date, list[Any]]]:
    """Groups items that have a time `at`, in the given order, by their local day."""
    zone = ZoneInfo(_zone(context))
    return [(day, [*group]) for day, group in groupby(items, key=lambda item: item.at.astimezone(zone).date())]


def _moves_money(price: Any) -> bool:
    """Whether something of it is charged, or a charge is replaced."""
    return bool(price.one_time or price.monthly or price.monthly_before)


def _initials(name: str) -> str:
    """`AO` for Ann Marie Ortiz."""
    words = name.split() or [""]
    return (words[0][:1] + (words[-1][:1] if len(words) > 1 else "")).upper()


def _duration(since: datetime, now: datetime) -> str:
    """`4 min`, `3 h`, `2 d`."""
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
        "address": in_one_line,
        "date_time": _date_time,
        "time_of_day": _time_of_day,
        "by_day": _by_day,
        "day": formatting.day,
        "money": formatting.money,
        "monthly_charge": formatting.monthly_charge,
        "total_charge": formatting.total_charge,
        "item_price": formatting.item_price,
        "moves_money": _moves_money,
        "phone_number": formatting.phone_number,
        "words": label,
        "initials": _initials,
        "duration": _duration,
        "tone": tone,
        "role_names": role_names,
        "zone_name": formatting.zone_name,
    }
    environment.globals |= {
        "version": version,
        "LINE_STATUSES": LINE_STATUSES,
        "DEVICE_STATUSES": DEVICE_STATUSES,
        "waiting_to_accept": waiting_to_accept,
    }
    return environment


_TEMPLATES = Jinja2Templates(env=_environment())


def render(request: Request, template: str, context: dict[str, Any], *, status_code: int = 200) -> Response:
    return _TEMPLATES.TemplateResponse(request, template, context, status_code=status_code)
