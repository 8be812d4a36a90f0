"""`dialtone bootstrap`: what Dialtone needs before its first start, and after an upgrade."""

import sys
from typing import TYPE_CHECKING

from cli import remedies
from cli.environment import temporal
from runtime.command_errors import CommandFailed

if TYPE_CHECKING:
    from temporalio.client import Client

    from models.settings import Settings

# SQLSTATE: a wrong user or password, no such database.
_NO_ACCESS = ("28", "3D")


async def bootstrap(settings: "Settings") -> None:
    """Raises CommandFailed for what an operator must do first."""
    await migrate(settings.database_url)
    print("The database has the newest schema.")
    async with temporal(settings) as client:
        await _prepare_namespace(client)


async def migrate(url: str) -> None:
    """Raises CommandFailed if the database can't be reached."""
    from models.db.failures import CONNECTION_ERRORS, is_unavailable, sqlstate
    from models.db.migrations.migrate import migrate as migrate_database

    try:
        await migrate_database(url)
    except CONNECTION_ERRORS as error:
        if is_unavailable(error) or sqlstate(error).startswith(_NO_ACCESS):
            raise CommandFailed("PostgreSQL doesn't let us in. Run `dialtone doctor`, which says why.") from error
        raise


async def _prepare_namespace(client: "Client") -> None:
    from outbox import temporal_namespace

    retention = await temporal_namespace.find_retention(client)
    if retention is None:
        await _register(client)
        retention = temporal_namespace.RETENTION
    missing = await temporal_namespace.missing_search_attributes(client)
    if missing:
        try:
            await temporal_namespace.add_search_attributes(client, missing)
        except temporal_namespace.NotPermitted:
            raise CommandFailed(
                f"Temporal doesn't let Dialtone add the search attributes {', '.join(missing)}. "
                f"{remedies.add_search_attributes(client.namespace, missing)}"
            ) from None
        print(f"Added the search attributes {', '.join(missing)}.")
    if retention < temporal_namespace.RETENTION:
        print(remedies.lengthen_retention(client.namespace, retention, temporal_namespace.RETENTION), file=sys.stderr)
    print(f"The namespace {client.namespace} is ready.")


async def _register(client: "Client") -> None:
    from outbox import temporal_namespace

    try:
        await temporal_namespace.register(client)
    except temporal_namespace.NotPermitted:
        raise CommandFailed(
            f"Temporal has no namespace {client.namespace}, and doesn't let Dialtone add it. "
            f"{remedies.add_namespace(client.namespace, temporal_namespace.RETENTION)}"
        ) from None
    print(f"Added the namespace {client.namespace}.")
