"""An answer of a wrong kind is refused or left out, at every question of every order type, and never fails."""

from typing import Any

import pytest

from tests.api.api_client import ApiTenant
from workflows.order_type_registry import order_types_by_code

TYPES = order_types_by_code()
ANSWERS: tuple[Any, ...] = (
    *([], ["IPHONE-17-256", []], [{}], {}, {"line1": []}, {"name": []}),
    *(0, 10**400, 0.5, True, False, None),
    *("", " ", "x" * 2_000, "8" * 2_000, "a\x00b"),
)
READ = {200, 201, 404, 409, 422}


@pytest.mark.fault("29")
@pytest.mark.parametrize("path", ["/api/v1/orders", "/api/v1/orders?dry_run=true"])
@pytest.mark.parametrize("code", TYPES)
async def test_an_answer_of_any_kind_is_read(office: ApiTenant, code: str, path: str) -> None:
    failed = []
    async with await office.client("Jordan") as client:
        for value in ANSWERS:
            answers = dict.fromkeys(TYPES[code].codes, value)
            for body in ({"answers": answers}, {"items": [{}, answers]}):
                answer = await client.post(path, json={"type": code, **body})
                if answer.status_code not in READ:
                    failed.append((answer.status_code, str(body)[:100]))
    assert failed == []
