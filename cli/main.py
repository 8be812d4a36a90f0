"""The commands that run and maintain Dialtone."""

from importlib.metadata import version
from pathlib import Path
from typing import Annotated

import typer

from cli import demo, tenant
from cli.environment import run, run_server, settings

app = typer.Typer(
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
    help="Dialtone handles a company's orders for mobile phones and lines.",
)
app.add_typer(tenant.app, name="tenant")
app.add_typer(demo.app, name="demo")


def _print_version(asked: bool) -> None:
    if asked:
        print(f"dialtone {version('dialtone')}")
        raise typer.Exit


@app.callback()
def dialtone(
    *,
    _: Annotated[
        bool, typer.Option("--version", callback=_print_version, is_eager=True, help="Show the version and exit.")
    ] = False,
) -> None:
    """Options of every command."""


@app.command()
def api(
    host: Annotated[str, typer.Option(help="Address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(help="Port to listen on.")] = 8000,
) -> None:
    """Run the web server: API and pages."""
    from api.server import serve

    run_server(serve(host, port))


@app.command()
def worker() -> None:
    """Run a worker: workflows, activities, message delivery and carrier polling."""
    from worker import main

    run_server(main())


@app.command()
def migrate() -> None:
    """Migrate the database to the current schema."""
    from cli.preparation import migrate as migrate_database

    run(migrate_database(settings().database_url))


@app.command()
def bootstrap() -> None:
    """Migrate the database, and add Temporal's namespace and search attributes. Safe to run again."""
    from cli.preparation import bootstrap as prepare

    run(prepare(settings()))


@app.command()
def doctor() -> None:
    """Check everything that Dialtone needs. Each cause of a failure has an exit code."""
    from cli.doctor import doctor as examine

    raise typer.Exit(run(examine()))


@app.command()
def replay(
    files: Annotated[
        list[Path] | None, typer.Argument(help="Histories as JSON. Default: all running workflows.")
    ] = None,
) -> None:
    """Replay workflow histories to check that the current code is compatible with them."""
    from cli.workflows import replay as replay_histories

    results = run(replay_histories(settings(), files or []))
    failures = {history: failure for history, failure in results.items() if failure}
    for history, failure in failures.items():
        print(f"{history}: {failure}")
    print(f"{len(results)} replayed, {len(failures)} failed")
    raise typer.Exit(1 if failures else 0)


@app.command()
def repair(
    reason: Annotated[str, typer.Option(help="What happened, with a reference. Saved to the history of every order.")],
) -> None:
    """Repair all orders that a restored database has left out of step with their workflows."""
    from cli.workflows import repair as repair_orders

    failed = run(repair_orders(settings(), reason))
    raise typer.Exit(1 if failed else 0)


Tenant = Annotated[str, typer.Option(help="The tenant that the file belongs to.")]
FileKind = Annotated[str, typer.Argument(help="Kind of file, such as people or lines.")]


@app.command("import")
def import_file(
    kind: FileKind,
    file: Annotated[Path, typer.Argument(exists=True, dir_okay=False, help="The CSV file.")],
    *,
    tenant: Tenant,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only print what would change.")] = False,
) -> None:
    """Import a CSV file. Rows with errors are left out and printed; the exit code is then 1."""
    from cli import files

    left_out = run(
        files.import_file(settings(), tenant, kind, name=file.name, content=file.read_bytes(), dry_run=dry_run)
    )
    raise typer.Exit(1 if left_out else 0)


@app.command()
def undo_import(
    number: Annotated[int, typer.Argument(min=1, help="The number that the import was given.")], *, tenant: Tenant
) -> None:
    """Take an import back, while nothing was ordered on what it brought, or changed."""
    from cli import files

    run(files.undo_import(settings(), number, tenant))


@app.command()
def export(kind: FileKind, *, tenant: Tenant) -> None:
    """Print everything of a kind as a CSV file. Importing it changes nothing."""
    from cli import files

    run(files.export(settings(), kind, tenant))
