"""`dialtone demo`: the sample company on this machine, and access to it."""

import os
import sys
from pathlib import Path
from typing import Annotated

import typer

from cli.environment import plain_errors, run

app = typer.Typer(no_args_is_help=True, help="Run the sample company on this machine, and use it.")
Port = Annotated[int, typer.Option(min=1, max=65535)]
# Options belong to the command that is run.
_PASSED_ON = {"ignore_unknown_options": True, "allow_interspersed_args": False, "help_option_names": []}
SampleRole = Annotated[str, typer.Argument(help="Role of the sample user, such as employee or admin.")]


@app.command()
def up(
    *,
    reset: Annotated[bool, typer.Option("--reset", help="Delete the data of earlier runs first.")] = False,
    port: Port = 8000,
    temporal_port: Port = 7233,
    temporal_ui_port: Port = 8233,
    inbox_port: Port = 8025,
    smtp_port: Port = 1025,
    northwind_port: Port = 9001,
    bluepeak_port: Port = 9002,
    api_metrics_port: Port = 9464,
    worker_metrics_port: Port = 9465,
    temporal_metrics_port: Port = 9466,
    pace: Annotated[
        float, typer.Option(help="Seconds a simulated carrier takes for each phase of an order.", min=0)
    ] = 2.0,
) -> None:
    """Run Dialtone on this machine, with a sample company, simulated carriers and an email inbox."""
    from demo.ports import Ports
    from demo.up import up as start

    ports = Ports(
        api=port,
        temporal=temporal_port,
        temporal_ui=temporal_ui_port,
        inbox=inbox_port,
        smtp=smtp_port,
        northwind=northwind_port,
        bluepeak=bluepeak_port,
        api_metrics=api_metrics_port,
        worker_metrics=worker_metrics_port,
        temporal_metrics=temporal_metrics_port,
    )
    run(start(Path.cwd(), ports, pace=pace, reset=reset))


@app.command()
def token(role: SampleRole) -> None:
    """Print a bearer token for a sample user of the running demo."""
    from demo.demo_access import token as issue

    print(run(issue(Path.cwd(), role)))


@app.command()
def sign_in(role: SampleRole) -> None:
    """Print a one-time link that signs you in as a sample user of the running demo."""
    from demo.demo_access import sign_in_link

    print(run(sign_in_link(Path.cwd(), role)))


@app.command("run", context_settings=_PASSED_ON)
def run_command(
    words: Annotated[list[str], typer.Argument(metavar="COMMAND...", help="A command, such as replay or doctor.")],
) -> None:
    """Run another command of `dialtone` with the settings of the running demo."""
    from demo.data_dir import DataDir

    with plain_errors():
        variables = DataDir(Path.cwd()).running().environment
    os.execve(sys.executable, (sys.executable, "-m", "cli", *words), {**os.environ, **variables})
