"""The command line of the benchmark."""

import asyncio
import json
from pathlib import Path
from typing import Annotated

import typer

from bench.measure import BenchOptions, measure
from bench.page import replace_figures
from bench.report import document, tables


def main(
    *,
    orders: Annotated[int, typer.Option(help="Orders of each kind per round.", min=1)] = 40,
    rounds: Annotated[int, typer.Option(help="Rounds in which the kinds take turns.", min=1)] = 5,
    backlog: Annotated[int, typer.Option(help="Orders that wait for approval at the same time.", min=2)] = 500,
    decisions: Annotated[int, typer.Option(help="Decisions to time.", min=2)] = 100,
    in_flight: Annotated[int, typer.Option(help="Orders in progress at a time.", min=1)] = 10,
    json_file: Annotated[Path, typer.Option("--json", help="File to write the figures to.")] = Path(".data/bench.json"),
    page: Annotated[
        Path | None, typer.Option(help="Page whose tables to replace: docs/performance.md.", exists=True)
    ] = None,
) -> None:
    """Compare orders with the least that they take, and with the same steps done by DBOS."""
    options = BenchOptions(
        orders=orders, rounds=rounds, backlog=backlog, decisions=min(decisions, backlog), in_flight=in_flight
    )
    results = asyncio.run(measure(options))
    json_file.parent.mkdir(exist_ok=True)
    json_file.write_text(json.dumps(document(results), indent=1, ensure_ascii=False) + "\n")
    text = tables(results)
    if page:
        replace_figures(page, "make bench", text)
    print(text)


if __name__ == "__main__":
    typer.run(main)
