"""The benchmark's command line: `make bench`."""

import asyncio
import json
from pathlib import Path
from typing import Annotated

import typer

from bench.measure import Options, measure
from bench.report import document, table


def main(
    *,
    orders: Annotated[int, typer.Option(help="Orders of each kind in a round.", min=1)] = 40,
    rounds: Annotated[int, typer.Option(help="Rounds over all kinds.", min=1)] = 5,
    park: Annotated[int, typer.Option(help="Orders that wait for approval at the same time.", min=2)] = 2000,
    decisions: Annotated[int, typer.Option(help="Decisions timed one by one.", min=2)] = 100,
    in_flight: Annotated[int, typer.Option(help="Orders under way at a time.", min=1)] = 10,
    json_file: Annotated[Path, typer.Option("--json", help="Where the figures go.")] = Path(".data/bench.json"),
) -> None:
    """Measure orders against the engine's own limit, and print how they compare."""
    options = Options(orders=orders, rounds=rounds, park=park, decisions=min(decisions, park), in_flight=in_flight)
    findings = asyncio.run(measure(options))
    json_file.parent.mkdir(exist_ok=True)
    json_file.write_text(json.dumps(document(findings), indent=1, default=str) + "\n")
    print(table(findings))


if __name__ == "__main__":
    typer.run(main)
