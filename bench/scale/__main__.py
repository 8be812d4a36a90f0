"""The command line: how long every page, list and download of a large company takes."""

import asyncio
import logging
import os
from collections.abc import Iterator
from contextlib import contextmanager
from statistics import median, quantiles
from typing import Annotated

import typer

from bench.scale.loading import Size, load_company
from bench.scale.measured_paths import PATHS, Sample
from bench.scale.site import LoadedSite, environment, open_site
from demo.postgres import Postgres, discard

_DATABASE = "scale"


def main(
    *,
    lines: Annotated[int, typer.Option(help="Lines of the company; it has a tenth as many people.")] = 1_000_000,
    repeats: Annotated[int, typer.Option(help="Times that each request is sent.", min=2)] = 5,
    route: Annotated[str, typer.Option(help="Only routes that contain this.")] = "",
) -> None:
    """Load a company, request everything for everyone, and print the milliseconds."""
    with _server() as url:
        os.environ.update(environment(url))
        asyncio.run(_measure(url, Size.of(lines), repeats, route))


async def _measure(url: str, size: Size, repeats: int, route: str) -> None:
    await load_company(url, size)
    async with open_site(size) as site:
        logging.disable()
        print("| request | slowest for | p50 | p95 |\n|---|---|---|---|")
        for path in (one for name, paths in PATHS.items() if route in name for one in paths):
            viewer, times = await _slowest(site, path.format_map(Sample.of(size).ids), repeats)
            p95 = quantiles(times, n=20, method="inclusive")[-1]
            print(f"| {path} | {viewer} | {median(times):.0f} | {p95:.0f} |", flush=True)


async def _slowest(site: LoadedSite, path: str, repeats: int) -> tuple[str, list[float]]:
    """The viewer for whom the request takes longest, after it was sent once, with the milliseconds."""
    times: dict[str, list[float]] = {}
    for viewer in site.viewers:
        answers = [await site.get(viewer, path) for _ in range(repeats + 1)]
        times[viewer] = [answer.milliseconds for answer in answers[1:]]
    return max(times.items(), key=lambda one: median(one[1]))


@contextmanager
def _server() -> Iterator[str]:
    """An empty database on a server of its own, gone afterwards."""
    server = Postgres.temporary(durable=True)
    try:
        server.start()
        yield asyncio.run(server.create_database(_DATABASE))
    finally:
        server.stop()
        discard(server.home)


if __name__ == "__main__":
    typer.run(main)
