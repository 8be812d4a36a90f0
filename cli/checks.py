"""What `dialtone doctor` checks. Each check raises CheckFailed, and none of them changes anything."""

import asyncio
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from cli import remedies
from cli.environment import temporal_problem

if TYPE_CHECKING:
    from temporalio.client import Client

    from carriers.base import Connection
    from models.db.session import Database
    from models.settings import Settings

OLDEST_POSTGRESQL = 15
EXPIRES_SOON = timedelta(days=14)
_SECONDS = 5
_HTTPS_PORT = 443
# No carrier has an order with this reference of ours.
_NO_ORDER = "dialtone-doctor"
_TEMPORAL_HINT = "Check TEMPORAL_ADDRESS, that the server runs, and TEMPORAL_TLS where it expects TLS."
_BAD_LOGIN, _NO_DATABASE = "28", "3D000"  # SQLSTATE


class CheckFailed(Exception):
    """The message says what is wrong and what to do."""


async def check_postgresql(url: str) -> None:
    from models.db import schema_version

    async with _database(url) as database, database.read() as session:
        version = await schema_version.server_version(session)
    if version < OLDEST_POSTGRESQL:
        raise CheckFailed(f"The server has version {version}. Dialtone needs {OLDEST_POSTGRESQL} or newer.")


async def check_schema(url: str) -> None:
    from models.db import schema_version

    async with _database(url) as database, database.read() as session:
        found, newest = await schema_version.schema_version(session), schema_version.newest_version()
    if found is None:
        raise CheckFailed("The database is empty. Run `dialtone bootstrap`.")
    if not schema_version.is_known(found):
        raise CheckFailed(
            f"The database is at {found}, which a newer version of Dialtone has made. Start that version."
        )
    if found != newest:
        raise CheckFailed(f"The database is at {found}, and this version needs {newest}. Run `dialtone bootstrap`.")


@asynccontextmanager
async def _database(url: str) -> "AsyncIterator[Database]":
    from models.db.failures import CONNECTION_ERRORS, SQLAlchemyError, sqlstate
    from models.db.session import Database
    from models.db.timeouts import DatabaseTimeouts
    from models.errors import DatabaseUnavailable

    limits = DatabaseTimeouts(
        connect=_SECONDS, statement=_SECONDS, long_statement=_SECONDS, lock=_SECONDS, tcp=_SECONDS
    )
    try:
        database = Database(url, pool_size=1, timeouts=limits)
    except (SQLAlchemyError, ValueError):
        raise CheckFailed("DATABASE_URL is no address such as postgresql://user:password@host/database.") from None
    try:
        yield database
    except (DatabaseUnavailable, *CONNECTION_ERRORS) as error:  # type: ignore[misc] # mypy reads no unpacked tuple here
        cause = error.__cause__ or error
        code = sqlstate(cause)
        if code.startswith(_BAD_LOGIN):
            raise CheckFailed("The server rejects the user or the password of DATABASE_URL.") from None
        if code == _NO_DATABASE:
            raise CheckFailed("The server has no database of the name in DATABASE_URL. Create it.") from None
        raise CheckFailed(
            f"{database.url.host}:{database.url.port or 5432} doesn't answer ({type(cause).__name__}). Check "
            "DATABASE_URL, and that the server runs."
        ) from None
    finally:
        await database.close()


class TemporalChecks:
    """They share one client, which connects on its first call."""

    async def check_connection(self) -> None:
        from temporalio.service import RPCError

        client = await self._client()
        try:
            await client.service_client.check_health(timeout=timedelta(seconds=_SECONDS))
        except (RPCError, RuntimeError) as error:
            raise CheckFailed(
                f"{_address(client)} doesn't answer: {temporal_problem(error)}. {_TEMPORAL_HINT}"
            ) from None

    async def check_namespace(self) -> None:
        await self._retention()

    async def check_search_attributes(self) -> None:
        from temporalio.service import RPCError

        from outbox.temporal_namespace import missing_search_attributes

        client = await self._client()
        try:
            missing = await missing_search_attributes(client)
        except RPCError as error:
            raise CheckFailed(f"Temporal doesn't list the search attributes: {temporal_problem(error)}.") from None
        if missing:
            raise CheckFailed(
                f"{', '.join(missing)} are missing. Run `dialtone bootstrap`. If it has no permission: "
                f"{remedies.add_search_attributes(client.namespace, missing)}"
            )

    async def check_retention(self) -> None:
        from outbox.temporal_namespace import RETENTION

        found = await self._retention()
        if found < RETENTION:
            raise CheckFailed(remedies.lengthen_retention((await self._client()).namespace, found, RETENTION))

    async def _retention(self) -> timedelta:
        from temporalio.service import RPCError

        from outbox.temporal_namespace import RETENTION, find_retention

        client = await self._client()
        try:
            found = await find_retention(client)
        except RPCError as error:
            raise CheckFailed(
                f"Temporal doesn't show the namespace {client.namespace}: {temporal_problem(error)}. Check "
                "TEMPORAL_NAMESPACE and TEMPORAL_API_KEY."
            ) from None
        if found is None:
            raise CheckFailed(
                f"Temporal has no namespace {client.namespace}. Run `dialtone bootstrap`. If it has no permission: "
                f"{remedies.add_namespace(client.namespace, RETENTION)}"
            )
        return found

    async def _client(self) -> "Client":
        from temporalio.client import Client

        from outbox.temporal_client import connection_settings

        try:
            return await Client.connect(**connection_settings(), lazy=True)
        except (RuntimeError, ValueError, OSError) as error:
            raise CheckFailed(f"The variables TEMPORAL_… can't be used: {temporal_problem(error)}.") from None


async def check_tls(public_url: str) -> None:
    """The certificate of the site's address; nothing where it is http, which only development allows."""
    url = urlsplit(public_url)
    if url.scheme != "https" or not url.hostname:
        return
    place = f"{url.hostname}:{url.port or _HTTPS_PORT}"
    try:
        certificate = await _certificate(url.hostname, url.port or _HTTPS_PORT)
    except ssl.SSLCertVerificationError as error:
        raise CheckFailed(f"The certificate of {place} is not valid: {error.verify_message}.") from None
    except (OSError, TimeoutError) as error:
        raise CheckFailed(
            f"Nothing answers with TLS at {place} ({type(error).__name__}). Check DIALTONE_PUBLIC_URL and the proxy."
        ) from None
    expires = datetime.fromtimestamp(ssl.cert_time_to_seconds(certificate["notAfter"]), UTC)
    if expires - datetime.now(UTC) < EXPIRES_SOON:
        raise CheckFailed(f"The certificate of {place} expires on {expires.date().isoformat()}. Renew it.")


async def _certificate(host: str, port: int) -> dict[str, Any]:
    async with asyncio.timeout(_SECONDS):
        _, writer = await asyncio.open_connection(host, port, ssl=ssl.create_default_context())
    try:
        certificate: dict[str, Any] = writer.get_extra_info("peercert")
        return certificate
    finally:
        writer.transport.abort()


async def check_smtp(settings: "Settings") -> None:
    from notifications.smtp import EmailDeferred, EmailRefused
    from outbox.bootstrap import smtp_server, smtp_tokens

    place, tokens = f"{settings.smtp_host}:{settings.smtp_port}", smtp_tokens(settings)
    try:
        await smtp_server(settings, tokens).check()
    except EmailRefused as error:
        raise CheckFailed(f"{place} refuses us: {error}. Check the login in DIALTONE_SMTP_….") from None
    except (EmailDeferred, OSError) as error:
        raise CheckFailed(
            f"{place} can't be used: {str(error).rstrip('.')}. Check DIALTONE_SMTP_HOST, _PORT and _SECURITY."
        ) from None
    finally:
        if tokens:
            await tokens.close()


async def check_carrier(connection: "Connection") -> None:
    from carriers import registry
    from models.errors import CarrierDeclined, CarrierUnavailable

    carriers = registry.build([connection])
    try:
        await carriers[connection.code].find(_NO_ORDER)
    except (CarrierUnavailable, CarrierDeclined) as error:
        raise CheckFailed(f"{error.detail} Check its entry in DIALTONE_CARRIERS.") from None
    finally:
        await registry.close(carriers)


def _address(client: "Client") -> str:
    return client.service_client.config.target_host
