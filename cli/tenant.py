"""`dialtone tenant`: adding tenants to an installation."""

from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Annotated, TypeVar

import typer

from cli.environment import run, settings
from runtime.command_errors import CommandFailed

if TYPE_CHECKING:
    from api.tenants.schemas import TenantIn
    from models.db.session import Database
    from models.settings import Settings

T = TypeVar("T")
app = typer.Typer(no_args_is_help=True, help="Add tenants, the companies that use this installation.")
# The options by the fields that an error can name.
_OPTIONS = {
    "id": "--id",
    "name": "NAME",
    "account_number": "--account",
    "admin_email": "--admin",
    "admin_name": "--admin-name",
    "admin_number": "--admin-number",
    "time_zone": "--time-zone",
}


@app.command()
def create(
    name: Annotated[str, typer.Argument(help="What the company is called.")],
    *,
    admin: Annotated[str, typer.Option(metavar="EMAIL", help="Where its first admin gets the invitation.")],
    tenant: Annotated[
        str | None, typer.Option("--id", help="A short name in lower case that never changes. Default: from NAME.")
    ] = None,
    admin_name: Annotated[str | None, typer.Option(help="The admin's name. Default: from EMAIL.")] = None,
    admin_number: Annotated[str, typer.Option(help="The admin's employee number.")] = "ADMIN",
    account: Annotated[str, typer.Option(help="FA number of the company's top account.")] = "FA-1",
    time_zone: Annotated[str, typer.Option(help="Where its business hours are.")] = "America/Chicago",
) -> None:
    """Add a tenant and invite its first admin by email."""
    from pydantic import ValidationError

    from api.tenants.schemas import TenantIn, name_from, tenant_id

    try:
        new = TenantIn(
            id=tenant or tenant_id(name),
            name=name,
            account_number=account,
            admin_email=admin,
            admin_name=admin_name or name_from(admin),
            admin_number=admin_number,
            time_zone=time_zone,
        )
    except ValidationError as error:
        raise SystemExit("\n".join(f"{_OPTIONS[str(one['loc'][0])]}: {one['msg']}" for one in error.errors())) from None
    run(_create(settings(), new))
    print(f"Added the tenant {new.id}. The invitation goes to {new.admin_email} as soon as a worker runs.")


@app.command("list")
def list_tenants() -> None:
    """List the tenants, each with its id and name."""
    for tenant, name in run(_list(settings())):
        print(f"{tenant:<32}  {name}")


async def _create(configured: "Settings", tenant: "TenantIn") -> None:
    from api.tenants import operations
    from models.db.session import utc_now
    from models.errors import InvalidRequest

    try:
        await _with_database(configured, lambda database: operations.create(database, tenant, at=utc_now()))
    except InvalidRequest as error:
        raise CommandFailed(f"{_OPTIONS.get(error.field or '', '')}: {error.detail} Nothing was changed.") from error


async def _list(configured: "Settings") -> list[tuple[str, str]]:
    from api.tenants.operations import list_tenants

    return [(row.id, row.name) for row in await _with_database(configured, list_tenants)]


async def _with_database(configured: "Settings", work: "Callable[[Database], Awaitable[T]]") -> T:
    """Raises CommandFailed unless the database has the schema of this version."""
    from cli.checks import CheckFailed, check_postgresql, check_schema
    from outbox.bootstrap import database_of

    try:
        await check_postgresql(configured.database_url)
        await check_schema(configured.database_url)
    except CheckFailed as failed:
        raise CommandFailed(str(failed)) from None
    database = database_of(configured)
    try:
        return await work(database)
    finally:
        await database.close()
