"""Server-rendered pages: one Jinja2 environment for all templates, everything escaped."""

from datetime import date, datetime
from pathlib import Path
from typing import Any

from fastapi import Request, Response
from fastapi.templating import Jinja2Templates
from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape

_FOLDER = Path(__file__).parent / "templates"


def _moment(value: datetime) -> str:
    """A moment for people, in UTC; the template also gives the machine-readable one."""
    return f"{value:%d %b %Y, %H:%M:%S} UTC"


def _clock(value: datetime) -> str:
    """The time of day of a moment, to the second, in UTC."""
    return f"{value:%H:%M:%S}"


def _day(value: date) -> str:
    """A day for people."""
    return f"{value:%A, %d %B %Y} (UTC)"


def _words(value: str | None) -> str:
    """A code word as people read it: `AWAITING_APPROVAL` is "Awaiting approval"."""
    return (value or "").replace("_", " ").capitalize()


def _environment() -> Environment:
    environment = Environment(
        loader=FileSystemLoader(_FOLDER),
        autoescape=select_autoescape(),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {"moment": _moment, "clock": _clock, "day": _day, "words": _words}
    return environment


_TEMPLATES = Jinja2Templates(env=_environment())


def render(request: Request, template: str, context: dict[str, Any], *, status_code: int = 200) -> Response:
    """A page out of a template of `api/templates`."""
    return _TEMPLATES.TemplateResponse(request, template, context, status_code=status_code)
