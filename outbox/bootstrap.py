"""What works beside the workflows in every worker process, put together: relay, reconciler and watches."""

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
from notifications.smtp import MailServer
from outbox.dispatcher import OutboxDispatcher
from outbox.reconciler import Reconciler
from outbox.relay import Relay
from outbox.timer_monitor import TimerMonitor
from outbox.workflow_monitor import WorkflowMonitor


def build_relay(settings: Settings, database: Database, client: Client) -> Relay:
    """What delivers messages and mails."""
    patience = timedelta(seconds=settings.update_timeout_seconds)
    dispatcher = OutboxDispatcher(database, client, task_queue=settings.task_queue, patience=patience)
    return Relay(database, dispatcher, _postman(settings, database))


def build_reconciler(
    settings: Settings, database: Database, carriers: Mapping[str, Carrier], keyring: Keyring
) -> Reconciler:
    """What stays in touch with carriers."""
    quiet = timedelta(seconds=settings.reconcile_after_seconds)
    return Reconciler(database, carriers, keyring, after=quiet, public_url=settings.public_url)


def build_watch(settings: Settings, database: Database, client: Client) -> WorkflowMonitor:
    """What sees to it that every open order has its workflow."""
    return WorkflowMonitor(database, client, after=timedelta(seconds=settings.reconcile_after_seconds))


def build_clock_watch(database: Database, client: Client) -> TimerMonitor:
    """What sees to it that the clock of every suspended line has its workflow."""
    return TimerMonitor(database, client)


async def run_until(told: asyncio.Event, relay: Relay, *loops: Coroutine[Any, Any, None]) -> None:
    """Run all till told to stop; one that ends by itself takes the process down, loudly."""
    async with asyncio.TaskGroup() as group:
        group.create_task(relay.run())
        looking = [group.create_task(loop) for loop in loops]
        await told.wait()
        for one in looking:
            one.cancel()
        relay.stop()


def _postman(settings: Settings, database: Database) -> EmailSender:
    password = settings.smtp_password
    return EmailSender(
        database,
        smtp=MailServer(
            host=settings.smtp_host,
            port=settings.smtp_port,
            username=settings.smtp_username,
            password=password.get_secret_value() if password else None,
            start_tls=settings.smtp_start_tls,
        ),
        renderer=Renderer(mail_from=settings.mail_from, public_url=settings.public_url),
        signer=Signer([key.get_secret_value() for key in settings.link_keys], settings.public_url),
    )
