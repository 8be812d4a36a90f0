"""The first line of each email about orders, as it reads for a sample order."""

import re
from collections.abc import Mapping
from contextlib import suppress
from functools import cache
from html import unescape
from types import MappingProxyType, SimpleNamespace
from typing import Any

from jinja2 import ChainableUndefined, Environment, TemplateError

from models.task import opened_by
from notifications.order_emails import OrderEmail, order_emails
from notifications.render import TEMPLATES, environment

_HEADLINE = re.compile(r'<h1 class="headline">(.*?)</h1>', re.DOTALL)
_PHONE, _LINE, _DAY = "iPhone 17 256 GB", "(312) 555-0142", "Fri, Dec 11, 2026"
_PERSON = "Jordan Blake"
_SAMPLE: Mapping[str, Any] = MappingProxyType(
    {
        "order": SimpleNamespace(
            requester=_PERSON,
            beneficiary=SimpleNamespace(name=_PERSON),
            carrier="Northwind Mobile",
            number="D7K-4F2",
            title=f"{_PHONE} for {_PERSON}",
            what=_PHONE,
            ships=True,
            items=(),
            flags=(),
        ),
        "to": SimpleNamespace(name=_PERSON, is_requester=True, is_beneficiary=True, acts_for_beneficiary=True),
        "this_order": "your order",
        "item_name": _PHONE,
        "line": _LINE,
        "actor": "Dana Ortiz",
        "by_person": True,
        "approvers": ("Dana Ortiz",),
        "data": {"to": {"name": "Dana Ortiz"}},
        "notice": SimpleNamespace(lines=(_LINE,)),
        "request": SimpleNamespace(changes=(), questions=(), later=(), other_approvers=(), previous_approvals=()),
        "ends": _DAY,
    }
)


class _Nothing(ChainableUndefined):
    """What the sample doesn't have reads as nothing, also if it is called or added to something."""

    def __call__(self, *_: Any, **__: Any) -> Any:
        return self

    def __add__(self, other: Any) -> Any:
        return other

    def __radd__(self, other: Any) -> Any:
        return other


@cache
def examples() -> Mapping[str, str]:
    """By the name of the email; empty for one that can't be rendered with what the sample has."""
    templates = environment(TEMPLATES, undefined=_Nothing)
    return MappingProxyType({name: _example(templates, one) for name, one in order_emails().items()})


def _example(templates: Environment, one: OrderEmail) -> str:
    task = opened_by(one.template.partition("/")[0])
    context = {**_SAMPLE, "task": SimpleNamespace(title=task.title if task else "")}
    with suppress(TemplateError):
        headline = _HEADLINE.search(templates.get_template(f"{one.template}.html").render(context))
        return " ".join(unescape(headline[1]).split()) if headline else ""
    return ""
