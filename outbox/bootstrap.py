"""Builds what runs beside the workflows in every worker process: relay, reconciler and monitors."""

import asyncio
from collections.abc import Coroutine, Mapping
from datetime import timedelta
from typing import Any

from temporalio.client import Client

from carriers.base import Carrier
from models.db.encryption import Keyring
from models.db.session import Database
from models.settings import Settings
from notifications.links import Signer
from notifications.render import Renderer
from notifications.sender import EmailSender
from notifications.smtp import SmtpServer
from outbox.dispatcher import OutboxDispatcher
from outbox.reconciler import Reconciler
from outbox.relay import Relay
from outbox.timer_monitor import TimerMonitor
from outbox.workflow_monitor import WorkflowMonitor


def build_relay(settings: Settings, database: Database, client: Client) -> Relay:
    timeout = timedelta(seconds=settings.update_timeout_seconds)
    dispatcher = OutboxDispatcher(database, client, task_queue=settings.task_queue, timeout=timeout)
    password = settings.smtp_password
    email_sender = EmailSender(
        database,
        smtp=SmtpServer(
            host=settings.smtp_host,
            port=settings.smtp_port,
            username=settings.smtp_username,
            password=password.get_secret_value() if password else None,
            start_tls=settings.smtp_start_tls,
        ),
        renderer=Renderer(mail_from=settings.mail_from, public_url=settings.public_url),
        signer=Signer([key.get_secret_value() for key in settings.link_keys], settings.public_url),
    )
    return Relay(database, dispatcher, email_sender)


def build_reconciler(
    settings: Settings, database: Database, carriers: Mapping[str, Carrier], keyring: Keyring
) -> Reconciler:
    after = timedelta(seconds=settings.reconcile_after_seconds)
    return Reconciler(database, carriers, keyring, after=after, public_url=settings.public_url)


def build_workflow_monitor(settings: Settings, database: Database, client: Client) -> WorkflowMonitor:
    return WorkflowMonitor(database, client, after=timedelta(seconds=settings.reconcile_after_seconds))


def build_timer_monitor(database: Database, client: Client) -> TimerMonitor:
    return TimerMonitor(database, client)


async def run_until_stopped(stop: asyncio.Event, relay: Relay, *loops: Coroutine[Any, Any, None]) -> None:
    """Run the relay and the loops until the event is set; one that fails ends the process."""
    async with asyncio.TaskGroup() as group:
        group.create_task(relay.run())
        tasks = [group.create_task(loop) for loop in loops]
        await stop.wait()
        for task in tasks:
            task.cancel()
        relay.stop()
