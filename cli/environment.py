"""What every command needs: the settings of the environment, and errors in plain words."""

import asyncio
import re
from collections.abc import AsyncIterator, Coroutine, Iterator
from contextlib import asynccontextmanager, contextmanager
from typing import TYPE_CHECKING, Any, TypeVar

import uvloop
from pydantic import ValidationError
from pydantic_settings import SettingsError

from runtime.command_errors import CommandFailed

if TYPE_CHECKING:
    from temporalio.client import Client

    from models.settings import Settings

T = TypeVar("T")
# pydantic's own words are for programmers.
_MISSING = "missing"
_OUR_ERROR = "Value error, "
_CONNECT_SECONDS = 15
_REASON = re.compile(r"(?:message: \"|certificate: )([^\"),]+)")


def run(work: Coroutine[Any, Any, T]) -> T:
    """The result of the work; errors that the user can fix end the command with their message."""
    with plain_errors():
        return asyncio.run(work)


def run_server(work: Coroutine[Any, Any, None]) -> None:
    """As `run`, on the event loop that needs the least CPU. It can't start programs as another user, as a demo does."""
    with plain_errors(), asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(work)


@contextmanager
def plain_errors() -> Iterator[None]:
    """Exit with the message alone, without a traceback, for errors the user can fix."""
    try:
        yield
    except CommandFailed as error:
        raise SystemExit(str(error)) from None
    except (ValidationError, SettingsError) as error:
        raise SystemExit("\n".join(setting_problems(error))) from None


def settings() -> "Settings":
    """The settings of the environment."""
    with plain_errors():
        return read_settings()


def read_settings() -> "Settings":
    """Raises ValidationError, SettingsError."""
    from models.settings import Settings

    return Settings()


def setting_problems(error: ValidationError | SettingsError) -> Iterator[str]:
    """What is wrong with each setting, never its value."""
    if isinstance(error, SettingsError):  # a value that must be JSON
        field = str(error).split('"')[1]
        yield f"{_variable(field)} is not valid JSON."
        return
    for problem in error.errors(include_input=False, include_url=False):
        name = ".".join((_variable(str(problem["loc"][0])), *map(str, problem["loc"][1:]))) if problem["loc"] else ""
        if problem["type"] == _MISSING:
            yield f"{name} is not set."
        elif problem["msg"].startswith(_OUR_ERROR):
            yield problem["msg"].removeprefix(_OUR_ERROR)
        else:
            yield f"{name}: {problem['msg']}."


def _variable(field: str) -> str:
    return field if field.isupper() else f"DIALTONE_{field.upper()}"


@asynccontextmanager
async def temporal(settings: "Settings") -> AsyncIterator["Client"]:
    """A connected client. Raises CommandFailed in place of the errors of Temporal."""
    from temporalio.service import RPCError

    from outbox.bootstrap import keyring_of
    from outbox.temporal_client import connect

    try:
        client = await connect(keyring_of(settings), process="cli", lazy=True)
        async with asyncio.timeout(_CONNECT_SECONDS):  # a server that expects TLS may say nothing
            await client.service_client.check_health()
        yield client
    except (RPCError, RuntimeError, TimeoutError) as error:
        raise CommandFailed(f"Temporal can't be used: {temporal_problem(error)}. Run `dialtone doctor`.") from error
    finally:
        # The interpreter crashes (SIGSEGV, SIGABRT) if it exits while a thread of the client still runs.
        await asyncio.sleep(0.2)


def temporal_problem(error: Exception) -> str:
    """What is wrong, in one line: where no connection can be made, the SDK nests the reason in other errors."""
    text = next(iter(str(error).splitlines()), "") or type(error).__name__
    reason = _REASON.search(text)
    return (reason[1] if reason else text).rstrip(".")
