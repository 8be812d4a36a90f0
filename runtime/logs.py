"""Structured logging for the process and its libraries, with secrets masked."""

import logging
from collections.abc import Callable, MutableMapping
from typing import Any

import structlog
from structlog.tracebacks import ExceptionDictTransformer

Mask = Callable[[str], str]
LogEvent = MutableMapping[str, Any]

REDACTED = "…"
# The values of these fields are never logged.
SECRETS = frozenset(
    {
        "activation_code", "authorization", "client_secret", "cookie", "password", "pin", "port_pin", "secret", "token",
        "webhook_secret",
    }
)  # fmt: skip
_FROM_TEMPORAL = ("temporal_activity", "temporal_workflow")
# They log one line per request with its URL, which may hold secrets; metrics cover the rest.
_QUIET = ("httpx2", "httpcore2")
# A server that ran in this process before may have added handlers that bypass the mask.
_SERVER = ("uvicorn", "uvicorn.access", "uvicorn.error")


def configure(*, as_json: bool, mask: Mask, secrets: frozenset[str] = frozenset()) -> None:
    """Log to standard error, one line per event.

    `mask` hides signed links in any text; the values of fields named in `secrets`, or in SECRETS, are left out.
    """
    shared: list[Any] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_logger_name,
        structlog.processors.add_log_level,
        structlog.stdlib.ExtraAdder(allow=_FROM_TEMPORAL),
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
    )
    redact = _Redactor(mask, SECRETS | secrets)
    handler = logging.StreamHandler()
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=[*shared, structlog.stdlib.PositionalArgumentsFormatter()],
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, *_renderers(as_json, redact)],
        )
    )
    logging.basicConfig(level=logging.INFO, handlers=[handler], force=True)
    for name in _QUIET:
        logging.getLogger(name).setLevel(logging.WARNING)
    for logger in map(logging.getLogger, _SERVER):
        logger.handlers.clear()
        logger.propagate = True
        logger.setLevel(logging.NOTSET)


def _renderers(as_json: bool, redact: "_Redactor") -> list[Any]:
    if as_json:
        # Local variables may hold tokens and addresses, so tracebacks leave them out.
        trace = structlog.processors.ExceptionRenderer(ExceptionDictTransformer(show_locals=False))
        return [trace, redact, structlog.processors.JSONRenderer()]
    return [structlog.processors.format_exc_info, redact, structlog.dev.ConsoleRenderer(colors=False)]


class _Redactor:
    """Replaces the values of secret fields, and masks every other text."""

    def __init__(self, mask: Mask, secrets: frozenset[str]) -> None:
        self._mask, self._secrets = mask, secrets

    def __call__(self, _: Any, __: str, event: LogEvent) -> LogEvent:
        return {
            name: REDACTED if name.lower() in self._secrets else self._redact(value) for name, value in event.items()
        }

    def _redact(self, value: Any) -> Any:
        if isinstance(value, str):
            return self._mask(value)
        if isinstance(value, dict):
            return self(None, "", value)
        if isinstance(value, list | tuple):
            return [self._redact(element) for element in value]
        return value
