"""The command line of the simulated carrier."""

import asyncio
from pathlib import Path
from typing import Annotated

import typer

from demo.simulator.app import serve
from demo.simulator.settings import Pace, SimulatorSettings
from demo.start_errors import StartFailed


def main(
    *,
    api_token: Annotated[str, typer.Option(envvar="CARRIER_API_TOKEN", help="Bearer token for clients to send.")],
    webhook_secret: Annotated[str, typer.Option(envvar="CARRIER_WEBHOOK_SECRET", help="Secret that signs the events.")],
    name: Annotated[str, typer.Option(help="Name of the carrier.")] = "Simulated Mobile",
    series: Annotated[int, typer.Option(help="Digit that keeps the numbers of two carriers distinct.")] = 1,
    port: Annotated[int, typer.Option(help="Port to listen on.")] = 9001,
    pace: Annotated[float, typer.Option(help="Seconds before each phase of an order.")] = 2.0,
    data: Annotated[Path | None, typer.Option(help="Folder to keep orders in.")] = None,
) -> None:
    """Serve a simulated carrier that speaks TMF622 on 127.0.0.1."""
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
