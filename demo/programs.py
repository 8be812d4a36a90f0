"""The programs of the demo: their command lines and environments, and when they are ready."""

import asyncio
import json
import signal
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

import httpx2

from demo.data_dir import CarrierSecrets, DataDir
from demo.ports import Ports
from demo.postgres import Postgres
from demo.processes import Program
from demo.simulator.personality import CLIENT_ID, PERSONALITIES, TOKEN_PATH, Personality
from demo.temporal import Temporal


def connection(personality: Personality, url: str, secrets: CarrierSecrets) -> dict[str, Any]:
    """Dialtone's settings of a simulated carrier."""
    if personality.login == "oauth":
        login: dict[str, Any] = {
            "oauth": {"token_url": f"{url}{TOKEN_PATH}", "client_id": CLIENT_ID, "client_secret": secrets.token}
        }
    else:
        login = {"token": secrets.token}
    events = {"webhook_secret": secrets.webhook_secret} if personality.signs_events else {"webhook_auth": "none"}
    return {
        "code": personality.code,
        "name": personality.name,
        "url": url,
        "idempotency_header": personality.idempotency_header,
        "quote_api": personality.quote_api,
        **login,
        **events,
    }


@dataclass(frozen=True, kw_only=True)
class Programs:
    """`pace` is in seconds per phase of a carrier's order."""

    data_dir: DataDir
    ports: Ports
    pace: float

    @property
    def api_url(self) -> str:
        return _local(self.ports.api)

    @property
    def inbox_url(self) -> str:
        return _local(self.ports.inbox)

    @property
    def temporal(self) -> Temporal:
        return Temporal(
            data=self.data_dir.folder / "temporal.db",
            port=self.ports.temporal,
            ui_port=self.ports.temporal_ui,
            codec_endpoint=f"{self.api_url}/codec",
        )

    def postgres(self, server: Postgres) -> Program:
        """Call `server.prepare()` before starting it."""
        return Program(
            name="postgres",
            argv=server.argv,
            ready=partial(asyncio.to_thread, server.ready),
            stop_signal=signal.SIGINT,  # SIGTERM would wait for its clients
            user=server.account.user,
            group=server.account.group,
        )

    def infrastructure(self) -> tuple[Program, ...]:
        """What Dialtone needs besides its database: Temporal, the carriers and an email server."""
        temporal = Program(name="temporal", argv=self.temporal.argv, ready=self.temporal.ready)
        return (temporal, *map(self._carrier, PERSONALITIES.values()), self._inbox())

    def dialtone(self, database_url: str) -> tuple[Program, ...]:
        """The API and the worker."""
        shared = self.environment(database_url)
        api = {**shared, "DIALTONE_METRICS_PORT": str(self.ports.api_metrics)}
        worker = {
            **shared,
            "DIALTONE_METRICS_PORT": str(self.ports.worker_metrics),
            "DIALTONE_TEMPORAL_METRICS_PORT": str(self.ports.temporal_metrics),
        }
        serve = _command("api", "--port", str(self.ports.api))
        return (
            Program(name="api", argv=serve, environment=api, ready=partial(_answers, f"{self.api_url}/readyz")),
            Program(name="worker", argv=_command("worker"), environment=worker, ready=self.temporal.has_worker),
        )

    def environment(self, database_url: str) -> Mapping[str, str]:
        """The variables that all processes of Dialtone share."""
        return {
            "DIALTONE_ENVIRONMENT": "development",
            "DATABASE_URL": database_url,
            "TEMPORAL_ADDRESS": self.temporal.address,
            "DIALTONE_PUBLIC_URL": self.api_url,
            "DIALTONE_TEMPORAL_UI_URL": _local(self.ports.temporal_ui),
            "DIALTONE_SMTP_HOST": "127.0.0.1",
            "DIALTONE_SMTP_PORT": str(self.ports.smtp),
            "DIALTONE_CARRIERS": json.dumps(self.carriers),
            "NO_PROXY": "127.0.0.1,localhost",
        }

    @property
    def carriers(self) -> list[dict[str, Any]]:
        """The settings of Dialtone for each carrier."""
        return [
            connection(personality, self._carrier_url(code), self.data_dir.carrier_secrets(code))
            for code, personality in PERSONALITIES.items()
        ]

    async def add_products(self, products: Mapping[str, list[dict[str, Any]]]) -> None:
        """Tell the carriers what they have sold already, by carrier; what they know stays as it is."""
        async with httpx2.AsyncClient(trust_env=False) as client:
            for code in PERSONALITIES:
                response = await client.post(
                    f"{self._carrier_url(code)}/simulator/products",
                    json=products.get(code, []),
                    headers={"Authorization": f"Bearer {self.data_dir.carrier_secrets(code).token}"},
                )
                response.raise_for_status()

    def addresses(self) -> Mapping[str, str]:
        """URLs, and the folder of the logs, by the name to show."""
        carriers = {each.name: f"{self._carrier_url(each.code)}/simulator/orders" for each in PERSONALITIES.values()}
        return {
            "Portal": f"{self.api_url}/",
            "Authenticator": f"{self.inbox_url}/authenticator",
            "API": f"{self.api_url}/api/v1/openapi.json",
            "Admin orders": f"{self.api_url}/admin/orders",
            "Email inbox": self.inbox_url,
            "Temporal": _local(self.ports.temporal_ui),
            **carriers,
            "Metrics": f"{_local(self.ports.api_metrics)}/metrics",
            "Metrics, worker": f"{_local(self.ports.worker_metrics)}/metrics",
            "Metrics, Temporal": f"{_local(self.ports.temporal_metrics)}/metrics",
            "Logs": f"{self.data_dir.folder}/logs",
        }

    def _carrier_url(self, code: str) -> str:
        return _local(getattr(self.ports, code))

    def _carrier(self, personality: Personality) -> Program:
        code = personality.code
        shared = self.data_dir.carrier_secrets(code)
        options = {
            "--personality": code,
            "--port": str(getattr(self.ports, code)),
            "--pace": str(self.pace),
            "--data": str(self.data_dir.folder / code),
        }
        signing = {"CARRIER_WEBHOOK_SECRET": shared.webhook_secret} if personality.signs_events else {}
        return Program(
            name=code,
            argv=_module("demo.simulator", options),
            environment={"CARRIER_API_TOKEN": shared.token, **signing},
            ready=partial(_answers, f"{self._carrier_url(code)}/healthz"),
        )

    def _inbox(self) -> Program:
        options = {
            "--smtp-port": str(self.ports.smtp),
            "--http-port": str(self.ports.inbox),
            "--data": str(self.data_dir.folder / "inbox"),
            "--people": str(self.data_dir.write_people()),
        }
        return Program(name="inbox", argv=_module("demo.inbox", options), ready=partial(_answers, self.inbox_url))


def _command(*words: str) -> tuple[str, ...]:
    return (sys.executable, "-m", "cli", *words)


def _module(name: str, options: Mapping[str, str]) -> tuple[str, ...]:
    return (sys.executable, "-m", name, *(word for option in options.items() for word in option))


def _local(port: int) -> str:
    return f"http://127.0.0.1:{port}"


async def _answers(url: str) -> bool:
    async with httpx2.AsyncClient(trust_env=False, timeout=2) as client:
        try:
            return (await client.get(url)).is_success
        except httpx2.TransportError:
            return False
