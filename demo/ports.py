"""The ports of the demo, all on 127.0.0.1, each with the option that chooses another."""

from dataclasses import dataclass, fields

from demo.sockets import ensure_free

_OPTIONS = {
    "api": ("the API", "--port"),
    "temporal": ("Temporal", "--temporal-port"),
    "temporal_ui": ("the pages of Temporal", "--temporal-ui-port"),
    "inbox": ("the mail inbox", "--inbox-port"),
    "smtp": ("incoming mail", "--smtp-port"),
    "northwind": ("the carrier Northwind", "--northwind-port"),
    "bluepeak": ("the carrier Bluepeak", "--bluepeak-port"),
    "api_metrics": ("the metrics of the API", "--api-metrics-port"),
    "worker_metrics": ("the metrics of the worker", "--worker-metrics-port"),
    "temporal_metrics": ("the metrics of the worker's Temporal SDK", "--temporal-metrics-port"),
}


@dataclass(frozen=True, kw_only=True)
class Ports:
    """Where everything listens."""

    api: int = 8000
    temporal: int = 7233
    temporal_ui: int = 8233
    inbox: int = 8025
    smtp: int = 1025
    northwind: int = 9001
    bluepeak: int = 9002
    api_metrics: int = 9464
    worker_metrics: int = 9465
    temporal_metrics: int = 9466

    def ensure_free(self) -> None:
        """Make sure that nobody listens on any of them yet.

        Raises:
            StartFailed: one is taken; the message names it, what it is for and the option.
        """
        for field in fields(self):
            purpose, option = _OPTIONS[field.name]
            ensure_free(getattr(self, field.name), purpose, option)
