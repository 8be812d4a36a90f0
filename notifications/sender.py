"""Sends the mails that are due: one at a time, as often as needed, and never one that is no longer true."""

from collections.abc import Callable
from datetime import datetime, timedelta

import structlog

from models.db import order_details
from models.db.approvals import approval_links
from models.db.notifications import email_queue
from models.db.notifications.tables import AccountEmailRow, NotificationRow
from models.db.people import lookup
from models.db.session import Database, Session, utc_now
from notifications import account_emails, links
from notifications.email import Email, write
from notifications.event_emails import BY_NAME
from notifications.links import Signer
from notifications.relevance import outdated
from notifications.render import Renderer
from notifications.smtp import MailRefused, MailServer
from runtime.metrics import MAILS

LEASE = timedelta(minutes=2)
FIRST_PAUSE = timedelta(seconds=15)
LONGEST_PAUSE = timedelta(hours=1)
MOST_ATTEMPTS = 20  # with the pauses above about half a day

_log = structlog.get_logger()


class EmailSender:
    """Takes announced mails from the database to the mail server; any number of them may work side by side."""

    def __init__(
        self,
        database: Database,
        *,
        smtp: MailServer,
        renderer: Renderer,
        signer: Signer,
        clock: Callable[[], datetime] = utc_now,
    ) -> None:
        self._database = database
        self._smtp = smtp
        self._renderer = renderer
        self._signer = signer
        self._clock = clock

    async def send_next(self) -> bool:
        """Deal with the mail that has been due for longest; False when none is due."""
        async with self._database.transaction() as session:
            row = await self._claim(session)
            if row is None:
                return False
            structlog.contextvars.clear_contextvars()
            structlog.contextvars.bind_contextvars(**_subject(row))
            letter = await self._written(session, row)
        try:
            await self._deal_with(row, letter)
        except MailRefused as error:
            await self._settle(row, "dead", str(error))
        except Exception as error:  # noqa: BLE001 - one mail that cannot be made must not stop the others
            await self._put_off(row, f"{type(error).__name__}: {error}")
        return True

    async def _claim(self, session: Session) -> NotificationRow | AccountEmailRow | None:
        """Somebody waits at the sign-in page for what is about their access: it goes first."""
        at = self._clock()
        return await email_queue.claim(session, AccountEmailRow, at=at, lease=LEASE) or await email_queue.claim(
            session, NotificationRow, at=at, lease=LEASE
        )

    async def _deal_with(self, row: NotificationRow | AccountEmailRow, letter: Email | str | Exception) -> None:
        if isinstance(letter, Exception):
            raise letter
        if isinstance(letter, Email):
            raw = self._renderer.render(letter)
            await self._smtp.send(raw, sender=self._renderer.sender, recipient=row.address)
            await self._settle(row, "sent", None)
        else:
            await self._settle(row, "skipped", letter)

    async def _written(self, session: Session, row: NotificationRow | AccountEmailRow) -> Email | str | Exception:
        """The letter, or why there is none: raised here, it would take the claim back."""
        try:
            if isinstance(row, AccountEmailRow):
                return await account_emails.compose(session, row, self._signer, at=self._clock())
            return await self._write(session, row)
        except Exception as error:  # noqa: BLE001 - the caller puts the mail off
            return error

    async def _write(self, session: Session, row: NotificationRow) -> Email | str:
        """The letter, or why it must not go out any more."""
        dossier = await order_details.load(session, row.tenant, row.order_id)
        structlog.contextvars.bind_contextvars(order=dossier.order.number)
        person = await lookup.row_by_id(session, row.tenant, row.recipient_id)
        link = await approval_links.get_link(session, row.link_id) if row.link_id else None
        why = outdated(BY_NAME[row.event], row, dossier=dossier, person=person, link=link, at=self._clock())
        if why is not None:
            return why
        by_mail = link is not None and dossier.policy.email_decisions
        return write(dossier, row, link=link, url=self._signer.url(link.id) if link and by_mail else None)

    async def _settle(self, row: NotificationRow | AccountEmailRow, state: str, reason: str | None) -> None:
        async with self._database.transaction() as session:
            said = links.mask(reason) if reason else None
            await email_queue.complete(session, row, state=state, at=self._clock(), reason=said)
        MAILS.labels(state).inc()
        _log.info("mail_settled", state=state, reason=said)

    async def _put_off(self, row: NotificationRow | AccountEmailRow, error: str) -> None:
        if row.attempts >= MOST_ATTEMPTS:
            await self._settle(row, "dead", error)
            return
        pause = min(FIRST_PAUSE * 2 ** (row.attempts - 1), LONGEST_PAUSE)
        async with self._database.transaction() as session:
            await email_queue.reschedule(session, row, until=self._clock() + pause, error=links.mask(error))
        MAILS.labels("put_off").inc()
        _log.warning("mail_put_off", attempts=row.attempts)


def _subject(row: NotificationRow | AccountEmailRow) -> dict[str, str]:
    """Which mail about which order, if it is about one, for the log; never to whom."""
    order = {"order_id": row.order_id} if isinstance(row, NotificationRow) else {}
    return {"notification": row.id, "mail": row.event, "tenant": row.tenant, **order}
