"""Runs what every worker process runs beside its workers: relay, reconciler and monitors."""

import asyncio
from collections.abc import Mapping
from datetime import timedelta

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
from workflows.order_type_registry import order_types_by_code


def keyring_of(settings: Settings) -> Keyring:
    return Keyring({name: key.get_secret_value() for name, key in settings.payload_keys.items()})


async def run_beside_workers(
    stop: asyncio.Event, settings: Settings, database: Database, client: Client, carriers: Mapping[str, Carrier]
) -> None:
    """Run the relay, the reconciler and the monitors until the event is set; one that fails ends the process."""
    after = timedelta(seconds=settings.reconcile_after_seconds)
    keyring, public_url = keyring_of(settings), settings.public_url
    relay = _relay(settings, database, client)
    loops = (
        Reconciler(database, carriers, keyring, after=after, public_url=public_url),
        WorkflowMonitor(database, client, after=after),
        TimerMonitor(database, client),
    )
    async with asyncio.TaskGroup() as group:
        group.create_task(relay.run())
        tasks = [group.create_task(loop.run()) for loop in loops]
        await stop.wait()
        for task in tasks:
            task.cancel()
        relay.stop()


def _relay(settings: Settings, database: Database, client: Client) -> Relay:
    password = settings.smtp_password
    smtp = SmtpServer(
        host=settings.smtp_host,
        port=settings.smtp_port,
        username=settings.smtp_username,
        password=password.get_secret_value() if password else None,
        start_tls=settings.smtp_start_tls,
    )
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
    )
    return Relay(database, dispatcher, sender)
