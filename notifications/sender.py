"""Sends the emails that are due."""

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from logging import INFO, WARNING

import structlog

from models import email_address
from models.db import order_details
from models.db.approvals import approval_links
from models.db.notifications import email_queue
from models.db.notifications.tables import AccountEmailRow, NotificationRow
from models.db.people import lookup
from models.db.session import Database, Session, utc_now
from models.db.tasks import tasks
from models.event import Audience
from models.order import OrderRef
from models.order_type import OrderType
from notifications import links
from notifications.account_emails import build_account_email
from notifications.email import Email, build_order_email
from notifications.links import Signer
from notifications.order_emails import order_emails
from notifications.relevance import skip_reason
from notifications.render import Renderer
from notifications.smtp import EmailRefused, EmailRejected, EmailUnconfirmed, RecipientRefused, SmtpServer
from runtime.metrics import EMAILS

# Beside the conversation with the server, an attempt takes a connection and several statements, one of which may be
# slow; this is for the others.
LEASE_MARGIN = timedelta(seconds=15)
FIRST_RETRY_DELAY = timedelta(seconds=15)
MAX_RETRY_DELAY = timedelta(hours=1)
MAX_ATTEMPTS = 20  # about half a day with these delays
RECORD_DELAY = timedelta(seconds=1)
# If the server refuses so many recipients and takes no email meanwhile, it is about us.
SEVERAL_RECIPIENTS = 3

_log = structlog.get_logger()


@dataclass(frozen=True, kw_only=True)
class _Outcome:
    """What became of an attempt: a final state or, with `retry`, why it failed."""

    result: str
    reason: str | None = None
    retry: bool = False


class EmailSender:
    """Takes queued emails from the database to the SMTP server; several senders may run at the same time."""

    def __init__(
        self,
        database: Database,
        *,
        smtp: SmtpServer,
        renderer: Renderer,
        signer: Signer,
        carrier_names: Mapping[str, str],
        order_types: Mapping[str, OrderType],
        clock: Callable[[], datetime] = utc_now,
    ) -> None:
        self._database = database
        self._smtp = smtp
        self._renderer = renderer
        self._signer = signer
        self._carrier_names = carrier_names
        self._order_types = order_types
        self._clock = clock
        self._emails = order_emails()
        self._refused_recipients: set[str] = set()  # since the server took an email
        limits = database.timeouts
        slowest = timedelta(seconds=smtp.conversation_seconds + limits.connect + limits.command)
        self._lease = slowest + LEASE_MARGIN

    async def claim(self, limit: int) -> list[NotificationRow | AccountEmailRow]:
        """Emails that are due. Account emails go first: someone may be waiting for one on the sign-in page."""
        async with self._database.transaction() as session:
            claimed = [*await email_queue.claim(session, AccountEmailRow, limit=limit, lease=self._lease)]
            rest = limit - len(claimed)
            more = await email_queue.claim(session, NotificationRow, limit=rest, lease=self._lease) if rest else ()
        return [*claimed, *more]

    async def send(self, row: NotificationRow | AccountEmailRow) -> None:
        """Send, skip or defer a claimed email. Never raises: what can't be recorded is due again after the lease."""
        _bind_log_context(row)
        outcome = await self._attempt(row)
        for _ in range(self._lease // RECORD_DELAY):
            if await self._recorded(row, outcome):
                return
            await asyncio.sleep(RECORD_DELAY.total_seconds())

    async def _recorded(self, row: NotificationRow | AccountEmailRow, outcome: _Outcome) -> bool:
        try:
            await self._record(row, outcome)
        except Exception as error:  # noqa: BLE001 - the database is away
            _log.warning("email_not_recorded", error=f"{type(error).__name__}: {error}")
            return False
        return True

    async def _attempt(self, row: NotificationRow | AccountEmailRow) -> _Outcome:
        try:
            email = await self._build(row)
            if isinstance(email, str):
                return _Outcome(result="unconfirmed" if row.possibly_sent else "skipped", reason=email)
            await self._smtp.send(
                self._renderer.render(email), sender=self._renderer.sender, recipient=email.to.address
            )
        except EmailRejected as error:
            return _Outcome(result="dead", reason=str(error))
        except RecipientRefused as error:
            self._refused_recipients.add(row.address)
            all_of_them = len(self._refused_recipients) >= SEVERAL_RECIPIENTS
            return _failure(row, EmailRefused(str(error)) if all_of_them else error)
        except Exception as error:  # noqa: BLE001 - one email that cannot be built must not stop the others
            return _failure(row, error)
        self._refused_recipients.clear()
        return _Outcome(result="sent")

    async def _build(self, row: NotificationRow | AccountEmailRow) -> Email | str:
        """The email, or the reason to skip it. Raises EmailRejected."""
        async with self._database.transaction() as session:
            if isinstance(row, AccountEmailRow):
                email = await build_account_email(session, row, self._signer, at=self._clock())
            else:
                email = await self._build_order_email(session, row)
        return _with_parsed_address(email) if isinstance(email, Email) else email

    async def _build_order_email(self, session: Session, row: NotificationRow) -> Email | str:
        details = await order_details.load(session, row.tenant, row.order_id)
        structlog.contextvars.bind_contextvars(order=details.order.number)
        person = await lookup.row_of(session, row.tenant, row.recipient_id)
        link = await approval_links.get_link(session, row.link_id) if row.link_id else None
        email, _ = self._emails[row.event]
        ref = OrderRef(tenant=row.tenant, id=row.order_id)
        task = await tasks.opened_by(session, ref, row.seq) if Audience.ASSIGNEES in email.to else None
        reason = skip_reason(email, row, details=details, person=person, link=link, task=task, at=self._clock())
        if reason is not None:
            return reason
        url = self._signer.url(link.id) if link and details.policy.email_decisions else None
        return build_order_email(details, row, person, self._carrier_names, self._order_types, link=link, url=url)

    async def _record(self, row: NotificationRow | AccountEmailRow, outcome: _Outcome) -> None:
        reason = links.mask(outcome.reason) if outcome.reason else None
        async with self._database.transaction() as session:
            if outcome.retry:
                delay = min(FIRST_RETRY_DELAY * 2 ** (row.attempts - 1), MAX_RETRY_DELAY)
                failed = outcome.result != "unanswered"
                current = await email_queue.reschedule(session, row, delay=delay, error=reason or "", failed=failed)
            else:
                current = await email_queue.complete(session, row, state=outcome.result, reason=reason)
        if not current:  # the lease was over, and another attempt has begun, whose outcome counts
            _log.warning("email_too_late", outcome=outcome.result, reason=reason, attempts=row.attempts)
            return
        EMAILS.labels(outcome.result).inc()
        _log.log(WARNING if outcome.retry else INFO, f"email_{outcome.result}", reason=reason, attempts=row.attempts)


def _failure(row: NotificationRow | AccountEmailRow, error: Exception) -> _Outcome:
    reason = f"{type(error).__name__}: {error}"
    if row.attempts >= MAX_ATTEMPTS:
        return _Outcome(result="dead", reason=reason)
    results = {EmailRefused: "refused", RecipientRefused: "recipient_refused", EmailUnconfirmed: "unanswered"}
    return _Outcome(result=results.get(type(error), "deferred"), reason=reason, retry=True)


def _with_parsed_address(email: Email) -> Email:
    """Raises EmailRejected: no server can take an email to something that is no address."""
    try:
        return replace(email, to=replace(email.to, address=email_address.parse(email.to.address)))
    except ValueError as error:
        raise EmailRejected(f"not an email address: {error}") from error


def _bind_log_context(row: NotificationRow | AccountEmailRow) -> None:
    """Identify the email in the log, never its recipient."""
    order = {"order_id": row.order_id} if isinstance(row, NotificationRow) else {}
    structlog.contextvars.clear_contextvars()
    structlog.contextvars.bind_contextvars(email_id=row.id, email=row.event, tenant=row.tenant, **order)
