"""No page, list, search, picker or download of a large company reads much more than it shows, but for `DEARER`.

The company has 100,000 lines, 10,000 people and 20,000 orders. How many milliseconds a request took is only printed.
"""

import logging
from collections.abc import AsyncIterator, Collection
from dataclasses import dataclass

import pytest

from bench.scale.costs import MAX_BUFFERS, MAX_REMOVED, RequestCost
from bench.scale.loading import People, Size, load_company
from bench.scale.measured_paths import PATHS, Sample
from bench.scale.plans import Explained, explaining
from bench.scale.site import LoadedSite, environment, open_site
from demo.postgres_server import DatabaseServer
from models.db.session import new_id

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]
SIZE = Size.of(100_000)


@dataclass(frozen=True, kw_only=True)
class Dearer:
    """Requests that read more, for these viewers, than all others may: how much at most, and why."""

    cause: str
    viewers: Collection[str]
    paths: Collection[str]
    buffers: int
    removed: int = MAX_REMOVED


_ALL = tuple(People.__dataclass_fields__)
_NAMES = ("?q=munoz", "?q=Zo%C3%AB")
_SEARCHES = (*_NAMES, "?q=312255", "?q=xcover")
_INVENTORY = ("/lines", "/devices", "/api/v1/lines", "/api/v1/devices")
DEARER = (
    Dearer(
        cause="few rows are theirs, but too many for a look-up of each person: others are read until the page is full",
        viewers=("manager_of_hundreds", "owner_of_branch"),
        paths=(
            *(f"/orders{query}" for query in ("", "?cursor={before_order}", "?type=PLAN_CHANGE", "?carrier=bluepeak")),
            *(
                "/api/v1/orders?type=PLAN_CHANGE",
                "/orders?account={root}",
                "/orders.csv",
                "/lines.csv",
                "/lines.csv?status=suspended",
            ),
            *(f"/order/{code}?line={{line}}" for code in ("SIM_REPLACE", "PLAN_CHANGE", "SERVICE_SUSPEND")),
            *("/order/LINE_REASSIGN?line={line}", "/order/SIM_REPLACE/review"),
        ),
        buffers=5_000,
    ),
    Dearer(
        cause="a name that more than 500 rows have: looked up by each of the people, however many rows others have",
        viewers=("manager_of_hundreds",),
        paths=[f"{path}{q}" for path in _INVENTORY for q in _SEARCHES],
        buffers=10_000,
        removed=20_000,
    ),
    Dearer(
        cause="the same for orders; those of an owner are looked for in all",
        viewers=("manager_of_hundreds", "owner_of_branch"),
        paths=[f"{path}{q}" for path in ("/orders", "/api/v1/orders") for q in _SEARCHES],
        buffers=25_000,
        removed=25_000,
    ),
    Dearer(
        cause="the same, in four tables",
        viewers=("manager_of_hundreds", "owner_of_branch"),
        paths=[f"{path}{query}" for path in ("/search", "/api/v1/search") for query in _SEARCHES],
        buffers=25_000,
        removed=30_000,
    ),
    Dearer(
        cause="a name that more than 500 orders have, and then the page",
        viewers=_ALL,
        paths=[f"{path}{query}" for path in ("/orders", "/admin/orders") for query in _NAMES],
        buffers=3_000,
    ),
    Dearer(
        cause="a name is looked for in four tables: up to 501 rows of each",
        viewers=_ALL,
        paths=[f"{path}{query}" for path in ("/search", "/api/v1/search") for query in _NAMES],
        buffers=8_500,
        removed=16_000,
    ),
    Dearer(cause="one statement reads all people of the file", viewers=_ALL, paths=("/people.csv",), buffers=6_000),
)


@pytest.fixture(scope="module")
async def site(postgres: DatabaseServer) -> AsyncIterator[tuple[LoadedSite, Explained]]:
    name = f"test_{new_id().lower()}"
    url = await postgres.create_database(name)
    await load_company(url, SIZE)
    with pytest.MonkeyPatch.context() as patch:
        for variable, value in environment(url).items():
            patch.setenv(variable, value)
        async with open_site(SIZE) as loaded:
            logging.disable()
            async with explaining(loaded.database) as explained:
                yield loaded, explained
            logging.disable(logging.NOTSET)
    await postgres.drop_database(name)


@pytest.mark.parametrize("route", sorted(PATHS))
async def test_a_request_reads_little_for_everyone(site: tuple[LoadedSite, Explained], route: str) -> None:
    loaded, explained = site
    dear, answered = list[str](), set[str]()
    for template in PATHS[route]:
        path = template.format_map(Sample.of(SIZE).ids)
        for viewer in loaded.viewers:
            await explained.take()
            answer = await loaded.get(viewer, path)
            cost = RequestCost.of(path, await explained.take())
            if answer.status < 400:
                answered.add(template)
            told = f"{path} for {viewer}: {answer.status}, {cost}, {answer.milliseconds:.0f} ms"
            print(told)  # noqa: T201 - pytest shows it with -rP
            buffers, removed = _limits(template, viewer)
            if answer.status >= 500 or cost.buffers > buffers or cost.removed > removed:
                dear.append(told)
    assert not dear, "\n".join(dear)
    assert answered == {*PATHS[route]}, "no one is answered"


def _limits(path: str, viewer: str) -> tuple[int, int]:
    """The most buffers and removed rows."""
    named = (one for one in DEARER if path in one.paths and viewer in one.viewers)
    return next(((one.buffers, one.removed) for one in named), (MAX_BUFFERS, MAX_REMOVED))
