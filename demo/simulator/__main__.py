"""The command line of the simulated carriers."""

import asyncio
from pathlib import Path
from typing import Annotated

import typer

from demo.simulator.app import serve
from demo.simulator.personality import PERSONALITIES, Personality
from demo.simulator.settings import Pace, SimulatorSettings
from demo.start_errors import StartFailed


def _personality(code: str) -> Personality:
    if code not in PERSONALITIES:
        raise typer.BadParameter(f"choose {' or '.join(PERSONALITIES)}")
    return PERSONALITIES[code]


def main(
    *,
    personality: Annotated[
        Personality, typer.Option(help=f"Carrier to simulate: {' or '.join(PERSONALITIES)}.", parser=_personality)
    ],
    api_token: Annotated[
        str, typer.Option(envvar="CARRIER_API_TOKEN", help="Bearer token for clients to send, or the OAuth2 secret.")
    ],
    webhook_secret: Annotated[
        str | None, typer.Option(envvar="CARRIER_WEBHOOK_SECRET", help="Secret that signs the events, if it does so.")
    ] = None,
    port: Annotated[int, typer.Option(help="Port to listen on.")] = 9001,
    pace: Annotated[float, typer.Option(help="Seconds before each phase of an order.")] = 2.0,
    data: Annotated[Path | None, typer.Option(help="Folder to keep orders in.")] = None,
) -> None:
    """Serve a simulated carrier that speaks TMF622 on 127.0.0.1."""
    settings = SimulatorSettings(
        personality=personality,
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
