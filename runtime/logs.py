"""One way to log for every process and every library in it: who, which order, which request; no secrets."""

import logging
from collections.abc import Callable, MutableMapping
from typing import Any

import structlog
from structlog.tracebacks import ExceptionDictTransformer

Mask = Callable[[str], str]
Event = MutableMapping[str, Any]

HIDDEN = "…"
# Whatever is logged under one of these names is not shown.
SECRETS = frozenset(
    {
        "activation_code", "authorization", "cookie", "password", "pin", "port_pin", "secret", "token",
        "webhook_secret",
    }
)  # fmt: skip
_FROM_TEMPORAL = ("temporal_activity", "temporal_workflow")
# They name addresses, which may carry secrets, and a line per call says nothing that metrics do not.
_SILENT = ("httpx2", "httpcore2")
# Whoever ran a server in this process before may have given these outlets of their own, past the mask.
_SERVER = ("uvicorn", "uvicorn.access", "uvicorn.error")


def configure(*, as_json: bool, mask: Mask) -> None:
    """Send everything to standard error, a line per event; `mask` hides what must not be in any text."""
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
    handler = logging.StreamHandler()
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=[*shared, structlog.stdlib.PositionalArgumentsFormatter()],
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, *_rendering(as_json, mask)],
        )
    )
    logging.basicConfig(level=logging.INFO, handlers=[handler], force=True)
    for name in _SILENT:
        logging.getLogger(name).setLevel(logging.WARNING)
    for logger in map(logging.getLogger, _SERVER):
        logger.handlers.clear()
        logger.propagate = True
        logger.setLevel(logging.NOTSET)


def _rendering(as_json: bool, mask: Mask) -> list[Any]:
    hide = _Hiding(mask)
    if as_json:
        # Local variables may hold tokens and addresses: a trace shows where, not with what.
        trace = structlog.processors.ExceptionRenderer(ExceptionDictTransformer(show_locals=False))
        return [trace, hide, structlog.processors.JSONRenderer()]
    return [structlog.processors.format_exc_info, hide, structlog.dev.ConsoleRenderer(colors=False)]


class _Hiding:
    """Hides secrets by their names, and what looks like a signed link in any text."""

    def __init__(self, mask: Mask) -> None:
        self._mask = mask

    def __call__(self, _: Any, __: str, event: Event) -> Event:
        return {name: HIDDEN if name.lower() in SECRETS else self._of(value) for name, value in event.items()}

    def _of(self, value: Any) -> Any:
        if isinstance(value, str):
            return self._mask(value)
        if isinstance(value, dict):
            return self(None, "", value)
        if isinstance(value, list | tuple):
            return [self._of(one) for one in value]
        return value
