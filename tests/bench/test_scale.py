"""No page, list, search, picker or download of a large company reads much more than it shows, but for `DEARER`.

The company has 100,000 lines, 10,000 people and 20,000 orders. How many milliseconds a request took is only printed.
"""

import logging
from collections.abc import AsyncIterator

import pytest

from bench.scale.costs import MAX_BUFFERS, MAX_REMOVED, RequestCost
from bench.scale.loading import Size, load_company
from bench.scale.measured_paths import PATHS, Sample
from bench.scale.plans import Explained, explaining
from bench.scale.site import LoadedSite, environment, open_site
from demo.postgres_server import DatabaseServer
from models.db.session import new_id

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]
SIZE = Size.of(100_000)
# Routes that are not within the limits yet, and why: they must stay below 15 times the limits.
DEARER = {
    "/admin": "looks for the latest answered message of each open order",
    "/order/{code}": "facts of a form read the branch of an account, or the plans of its lines",
    "/order/{code}/review": "as the form",
    "/search": "a name that many people have is looked for in all orders",
    "/api/v1/search": "as the page",
    "/orders": "a name that many people have; small tables are joined row by row",
    "/api/v1/orders": "as the page",
    "/admin/orders": "as the page",
    "/lines/{ref}": "facts of its actions read the owners of the account",
    "/api/v1/lines/{ref}/actions": "as the page",
}


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
    times = 15 if route in DEARER else 1
    dear, statuses = list[str](), set[int]()
    for path in (one.format_map(Sample.of(SIZE).ids) for one in PATHS[route]):
        for viewer in loaded.viewers:
            await explained.take()
            answer = await loaded.get(viewer, path)
            cost = RequestCost.of(path, await explained.take())
            statuses.add(answer.status)
            told = f"{path} for {viewer}: {answer.status}, {cost}, {answer.milliseconds:.0f} ms"
            print(told)  # noqa: T201 - pytest shows it with -rP
            if answer.status >= 500 or cost.buffers > times * MAX_BUFFERS or cost.removed > times * MAX_REMOVED:
                dear.append(told)
    assert not dear, "\n".join(dear)
    assert statuses - {401, 403}, f"{route} answers no one"
