"""Sends the emails that are due, one at a time."""

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta

import structlog

from models.db import order_details
from models.db.approvals import approval_links
from models.db.notifications import email_queue
from models.db.notifications.tables import AccountEmailRow, NotificationRow
from models.db.people import lookup
from models.db.session import Database, Session, utc_now
from models.order_type import OrderType
from notifications import links
from notifications.account_emails import build_account_email
from notifications.email import Email, build_order_email
from notifications.links import Signer
from notifications.order_emails import order_emails
from notifications.relevance import skip_reason
from notifications.render import Renderer
from notifications.smtp import EmailRejected, SmtpServer
from runtime.metrics import EMAILS

LEASE = timedelta(minutes=2)
FIRST_RETRY_DELAY = timedelta(seconds=15)
MAX_RETRY_DELAY = timedelta(hours=1)
MAX_ATTEMPTS = 20  # about half a day with these delays

_log = structlog.get_logger()


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

    async def send_next(self) -> bool:
        """Send, skip or defer the email that has been due for longest; False if none is due."""
        async with self._database.transaction() as session:
            row = await self._claim(session)
            if row is None:
                return False
            _bind_log_context(row)
            try:
                email = await self._build(session, row)
            except Exception as error:  # noqa: BLE001 - raised here, it would undo the claim
                email = error
        try:
            await self._send(row, email)
        except EmailRejected as error:
            await self._complete(row, "dead", str(error))
        except Exception as error:  # noqa: BLE001 - one email that cannot be built must not stop the others
            await self._defer(row, f"{type(error).__name__}: {error}")
        return True

    async def _claim(self, session: Session) -> NotificationRow | AccountEmailRow | None:
        """Account emails go first: someone may be waiting for one on the sign-in page."""
        at = self._clock()
        return await email_queue.claim(session, AccountEmailRow, at=at, lease=LEASE) or await email_queue.claim(
            session, NotificationRow, at=at, lease=LEASE
        )

    async def _build(self, session: Session, row: NotificationRow | AccountEmailRow) -> Email | str | Exception:
        """The email, or the reason to skip it."""
        if isinstance(row, AccountEmailRow):
            return await build_account_email(session, row, self._signer, at=self._clock())
        details = await order_details.load(session, row.tenant, row.order_id)
        structlog.contextvars.bind_contextvars(order=details.order.number)
        person = await lookup.row_by_id(session, row.tenant, row.recipient_id)
        link = await approval_links.get_link(session, row.link_id) if row.link_id else None
        email, _ = self._emails[row.event]
        reason = skip_reason(email, row, details=details, person=person, link=link, at=self._clock())
        if reason is not None:
            return reason
        url = self._signer.url(link.id) if link and details.policy.email_decisions else None
        return build_order_email(details, row, self._carrier_names, self._order_types, link=link, url=url)

    async def _send(self, row: NotificationRow | AccountEmailRow, email: Email | str | Exception) -> None:
        if isinstance(email, Exception):
            raise email
        if isinstance(email, str):
            await self._complete(row, "skipped", email)
        else:
            await self._smtp.send(self._renderer.render(email), sender=self._renderer.sender, recipient=row.address)
            await self._complete(row, "sent", None)

    async def _complete(self, row: NotificationRow | AccountEmailRow, state: str, reason: str | None) -> None:
        reason = links.mask(reason) if reason else None
        async with self._database.transaction() as session:
            await email_queue.complete(session, row, state=state, at=self._clock(), reason=reason)
        EMAILS.labels(state).inc()
        _log.info(f"email_{state}", reason=reason)

    async def _defer(self, row: NotificationRow | AccountEmailRow, error: str) -> None:
        if row.attempts >= MAX_ATTEMPTS:
            await self._complete(row, "dead", error)
            return
        delay = min(FIRST_RETRY_DELAY * 2 ** (row.attempts - 1), MAX_RETRY_DELAY)
        async with self._database.transaction() as session:
            await email_queue.reschedule(session, row, until=self._clock() + delay, error=links.mask(error))
        EMAILS.labels("deferred").inc()
        _log.warning("email_deferred", attempts=row.attempts)


def _bind_log_context(row: NotificationRow | AccountEmailRow) -> None:
    """Identify the email in the log, never its recipient."""
    order = {"order_id": row.order_id} if isinstance(row, NotificationRow) else {}
    structlog.contextvars.clear_contextvars()
    structlog.contextvars.bind_contextvars(email_id=row.id, email=row.event, tenant=row.tenant, **order)
