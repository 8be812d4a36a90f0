"""Runs one carrier by itself: `python -m demo.simulator`, its secrets in the environment."""

import asyncio
from pathlib import Path
from typing import Annotated

import typer

from demo.simulator.app import serve
from demo.simulator.settings import Pace, SimulatorSettings
from demo.start_errors import StartFailed


def main(
    *,
    api_token: Annotated[str, typer.Option(envvar="CARRIER_API_TOKEN", help="What clients must present.")],
    webhook_secret: Annotated[str, typer.Option(envvar="CARRIER_WEBHOOK_SECRET", help="Signs the events.")],
    name: Annotated[str, typer.Option(help="What the carrier is called.")] = "Simulated Mobile",
    series: Annotated[int, typer.Option(help="A digit that keeps the numbers of two carriers apart.")] = 1,
    port: Annotated[int, typer.Option(help="Where it listens on 127.0.0.1.")] = 9001,
    pace: Annotated[float, typer.Option(help="Seconds before each phase of an order.")] = 2.0,
    data: Annotated[Path | None, typer.Option(help="Where running orders are kept.")] = None,
) -> None:
    """Serve a mobile carrier that speaks TMF622."""
    settings = SimulatorSettings(
        name=name,
        series=series,
        api_token=api_token,
        webhook_secret=webhook_secret,
        pace=Pace(seconds=pace),
        data_directory=data,
    )
    try:
        asyncio.run(serve(settings, port))
    except StartFailed as failed:
        raise SystemExit(str(failed)) from failed


typer.run(main)
