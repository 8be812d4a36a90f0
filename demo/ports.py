"""The ports of the demo, all on 127.0.0.1."""

from dataclasses import dataclass, fields
from typing import Self

from demo.sockets import ensure_free, free_port

# What listens on each port, and the option of `dialtone demo up` that changes it.
_OPTIONS = {
    "api": ("the API", "--port"),
    "temporal": ("Temporal", "--temporal-port"),
    "temporal_ui": ("the Temporal UI", "--temporal-ui-port"),
    "inbox": ("the email inbox", "--inbox-port"),
    "smtp": ("incoming email", "--smtp-port"),
    "northwind": ("the carrier Northwind", "--northwind-port"),
    "bluepeak": ("the carrier Bluepeak", "--bluepeak-port"),
    "api_metrics": ("the metrics of the API", "--api-metrics-port"),
    "worker_metrics": ("the metrics of the worker", "--worker-metrics-port"),
    "temporal_metrics": ("the metrics of the worker's Temporal SDK", "--temporal-metrics-port"),
}


@dataclass(frozen=True, kw_only=True)
class Ports:
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

    @classmethod
    def free(cls) -> Self:
        """Different ports that are all free now."""
        ports: set[int] = set()
        while len(ports) < len(fields(cls)):
            ports.add(free_port())
        return cls(**dict(zip((field.name for field in fields(cls)), ports, strict=True)))

    def ensure_free(self) -> None:
        """Check every port.

        Raises:
            StartFailed: one is in use; the message names it and the option that changes it.
        """
        for field in fields(self):
            purpose, option = _OPTIONS[field.name]
            ensure_free(getattr(self, field.name), purpose, option)
