"""Records the golden histories that are missing (`make histories`); those that exist are never changed."""

import pytest

from tests import cast
from tests.workflows.plays import PLAYS, history_of
from tests.workflows.stage import Stage
from workflows.catalog import order_types_by_code

MISSING = [
    (code, path) for code in sorted(order_types_by_code()) for path in PLAYS if not history_of(code, path).exists()
]


@pytest.mark.parametrize(("code", "path"), MISSING)
async def test_record(stage: Stage, code: str, path: str) -> None:
    order = await cast.place(stage.database, cast.Placing(type=order_types_by_code()[code]))
    handle = await stage.start(order)
    await PLAYS[path](stage, order)
    await handle.result()
    history_of(code, path).write_text((await handle.fetch_history()).to_json() + "\n")
