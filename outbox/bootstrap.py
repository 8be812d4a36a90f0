"""Runs what every worker process runs beside its workers: relay, reconciler and monitors."""

import asyncio
from collections.abc import Mapping
from datetime import timedelta

from temporalio.client import Client

from carriers.base import Carrier
from models.db.clock import COMPARE_INTERVAL, DatabaseClock
from models.db.encryption import Keyring
from models.db.session import Database
from models.db.timeouts import DatabaseTimeouts
from models.settings import Settings
from notifications.links import Signer
from notifications.render import Renderer
from notifications.sender import EmailSender
from notifications.smtp import SmtpServer
from outbox.approver_monitor import ApproverMonitor
from outbox.attestation_monitor import AttestationMonitor
from outbox.bill_monitor import BillMonitor
from outbox.dispatcher import OutboxDispatcher
from outbox.leave_monitor import LeaveMonitor
from outbox.move_monitor import MoveMonitor
from outbox.reconciler import Reconciler
from outbox.relay import Relay
from outbox.running_workflows import RunningWorkflows
from outbox.timer_monitor import TimerMonitor
from outbox.workflow_monitor import WorkflowMonitor
from runtime.oauth import TokenSource
from runtime.periodic import FailureLog, run_periodically
from workflows.order_type_registry import order_types_by_code


def keyring_of(settings: Settings) -> Keyring:
    return Keyring({name: key.get_secret_value() for name, key in settings.payload_keys.items()})


def database_of(settings: Settings, *, for_requests: bool = False) -> Database:
    """A database `for_requests` of people and programs stops a statement sooner."""
    long = settings.database_statement_seconds
    timeouts = DatabaseTimeouts(
        connect=settings.database_connect_seconds,
        statement=min(settings.database_request_seconds, long) if for_requests else long,
        long_statement=long,
        lock=settings.database_lock_seconds,
        tcp=settings.database_tcp_seconds,
    )
    return Database(settings.database_url, timeouts=timeouts)


async def follow(clock: DatabaseClock) -> None:
    """Keep a process's clock at the database's time, until canceled."""
    failures = FailureLog("clock_comparison_failed", "clock_comparison_recovered")
    await run_periodically(clock.compare, every=COMPARE_INTERVAL, failures=failures)


async def run_beside_workers(
    stop: asyncio.Event, settings: Settings, database: Database, client: Client, carriers: Mapping[str, Carrier]
) -> None:
    """Run the relay, the reconciler and the monitors until the event is set; one that fails ends the process."""
    after = timedelta(seconds=settings.reconcile_after_seconds)
    keyring, public_url = keyring_of(settings), settings.public_url
    tokens = smtp_tokens(settings)
    clock = DatabaseClock(database)
    relay = _relay(settings, database, client, tokens, clock)
    loops = (
        Reconciler(database, carriers, keyring, after=after, public_url=public_url),
        WorkflowMonitor(database, client, after=after),
        RunningWorkflows(database, client, after=after),
        TimerMonitor(database, client),
        ApproverMonitor(database),
        AttestationMonitor(database),
        BillMonitor(database),
        MoveMonitor(database),
        LeaveMonitor(database, keyring, order_types_by_code().values()),
    )
    async with asyncio.TaskGroup() as group:
        group.create_task(relay.run())
        tasks = [group.create_task(work) for work in (follow(clock), *(loop.run() for loop in loops))]
        await stop.wait()
        for task in tasks:
            task.cancel()
        relay.stop()
    if tokens:
        await tokens.close()


def smtp_tokens(settings: Settings) -> TokenSource | None:
    oauth = settings.smtp_oauth
    if oauth is None:
        return None
    refresh_token = oauth.refresh_token
    return TokenSource(
        token_url=oauth.token_url,
        client_id=oauth.client_id,
        client_secret=oauth.client_secret.get_secret_value(),
        scope=oauth.scope,
        refresh_token=refresh_token.get_secret_value() if refresh_token else None,
    )


def smtp_server(settings: Settings, tokens: TokenSource | None) -> SmtpServer:
    """Raises OSError if the file of certificate authorities can't be read."""
    password = settings.smtp_password
    return SmtpServer(
        host=settings.smtp_host,
        port=settings.smtp_port,
        username=settings.smtp_username,
        password=password.get_secret_value() if password else None,
        tokens=tokens,
        security=settings.smtp_security,
        ca_file=settings.smtp_ca_file,
        conversation_seconds=settings.smtp_conversation_seconds,
    )


def _relay(
    settings: Settings, database: Database, client: Client, tokens: TokenSource | None, clock: DatabaseClock
) -> Relay:
    smtp = smtp_server(settings, tokens)
    renderer = Renderer(mail_from=settings.mail_from, public_url=settings.public_url)
    signer = Signer([key.get_secret_value() for key in settings.link_keys], settings.public_url)
    timeout = timedelta(seconds=settings.update_timeout_seconds)
    dispatcher = OutboxDispatcher(database, client, task_queue=settings.task_queue, timeout=timeout)
    carrier_names = {carrier.code: carrier.name for carrier in settings.carriers}
    sender = EmailSender(
        database,
        smtp=smtp,
        renderer=renderer,
        signer=signer,
        carrier_names=carrier_names,
        order_types=order_types_by_code(),
        clock=clock,
    )
    return Relay(database, dispatcher, sender, connections=settings.smtp_connections)
