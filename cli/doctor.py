"""`dialtone doctor`: one line about everything that Dialtone needs, and an exit code for each cause."""

import asyncio
import os
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass
from enum import IntEnum
from functools import partial
from typing import TYPE_CHECKING

from pydantic import ValidationError
from pydantic_settings import SettingsError

from cli import checks
from cli.environment import read_settings, setting_problems

if TYPE_CHECKING:
    from models.settings import Settings

CHECK_SECONDS = 15
_OK = "ok"


class ExitCode(IntEnum):
    """That of the first check that fails; 1 and 2 are those of every command that fails or is called wrongly."""

    CONFIGURATION = 10
    POSTGRESQL = 11
    SCHEMA = 12
    TEMPORAL = 13
    NAMESPACE = 14
    SEARCH_ATTRIBUTES = 15
    RETENTION = 16
    TLS = 17
    SMTP = 18
    CARRIER = 19


@dataclass(frozen=True, kw_only=True)
class DoctorCheck:
    """It is left out where what it comes after has failed."""

    name: str
    code: ExitCode
    run: Callable[[], Awaitable[None]]
    after: ExitCode | None = None


async def doctor() -> int:
    """Print the result of every check; return the exit code."""
    settings, problems = _configuration()
    for problem in problems or [_OK]:
        _report("Configuration", problem)
    failed = [ExitCode.CONFIGURATION] if problems else []
    left_out: set[ExitCode] = set()
    for check in _checks(settings):
        if check.after in {*failed, *left_out}:
            _report(check.name, "not checked")
            left_out.add(check.code)
            continue
        result = await _result(check)
        _report(check.name, result)
        failed += [] if result == _OK else [check.code]
    return failed[0] if failed else 0


def _configuration() -> "tuple[Settings | None, list[str]]":
    """The settings, unless they can't be read, and what is wrong with them."""
    from carriers import registry

    try:
        settings = read_settings()
    except (ValidationError, SettingsError) as error:
        return None, list(setting_problems(error))
    try:
        registry.build(settings.carriers)
    except ValueError as error:
        return settings, [f"DIALTONE_CARRIERS: {error}."]
    return settings, []


def _checks(settings: "Settings | None") -> Iterator[DoctorCheck]:
    """What needs no more than its own variables is checked whatever is wrong with the others."""
    url, temporal = os.environ.get("DATABASE_URL"), checks.TemporalChecks()
    if url:
        yield DoctorCheck(name="PostgreSQL", code=ExitCode.POSTGRESQL, run=partial(checks.check_postgresql, url))
        yield DoctorCheck(
            name="Schema", code=ExitCode.SCHEMA, run=partial(checks.check_schema, url), after=ExitCode.POSTGRESQL
        )
    yield DoctorCheck(name="Temporal", code=ExitCode.TEMPORAL, run=temporal.check_connection)
    yield DoctorCheck(name="Namespace", code=ExitCode.NAMESPACE, run=temporal.check_namespace, after=ExitCode.TEMPORAL)
    yield DoctorCheck(
        name="Search attributes",
        code=ExitCode.SEARCH_ATTRIBUTES,
        run=temporal.check_search_attributes,
        after=ExitCode.NAMESPACE,
    )
    yield DoctorCheck(name="Retention", code=ExitCode.RETENTION, run=temporal.check_retention, after=ExitCode.NAMESPACE)
    if settings:
        yield DoctorCheck(name="TLS", code=ExitCode.TLS, run=partial(checks.check_tls, settings.public_url))
        yield DoctorCheck(name="Email server", code=ExitCode.SMTP, run=partial(checks.check_smtp, settings))
        for carrier in settings.carriers:
            yield DoctorCheck(
                name=carrier.name,
                code=ExitCode.CARRIER,
                run=partial(checks.check_carrier, carrier),
                after=ExitCode.CONFIGURATION,
            )


async def _result(check: DoctorCheck) -> str:
    try:
        async with asyncio.timeout(CHECK_SECONDS):
            await check.run()
    except checks.CheckFailed as failed:
        return str(failed)
    except TimeoutError:
        return f"No answer within {CHECK_SECONDS} seconds. Check the address, and whether the server expects TLS."
    return _OK


def _report(name: str, result: str) -> None:
    print(f"{name:<18}  {result}", flush=True)
