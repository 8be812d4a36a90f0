"""Sends the emails that are due."""

import asyncio
from collections import deque
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from logging import INFO, WARNING

import structlog

from models import email_address
from models.db import order_details
from models.db.approvals import approval_links
from models.db.approvals.tables import ApprovalLinkRow
from models.db.notifications import email_queue
from models.db.notifications.email_queue import LEFT, Email, EmailOutcome
from models.db.notifications.tables import AccountEmailRow, NotificationRow
from models.db.order_details import OrderDetails
from models.db.session import Database, utc_now
from models.db.tasks import tasks
from models.db.tasks.tables import TaskRow
from models.event import Audience
from models.order import OrderRef
from models.order_type import OrderType
from notifications import links
from notifications.account_emails import build_account_email
from notifications.email import Email as EmailContent
from notifications.email import build_order_email
from notifications.links import Signer
from notifications.order_emails import order_emails
from notifications.relevance import skip_reason
from notifications.render import Renderer
from notifications.smtp import (
    EmailConversation,
    EmailRefused,
    EmailRejected,
    EmailUnconfirmed,
    RecipientRefused,
    SmtpServer,
)
from runtime.metrics import EMAILS

# Beside the conversation with the server, an attempt takes a connection and several statements, one of which may be
# slow; this is for the others.
LEASE_MARGIN = timedelta(seconds=15)
FIRST_RETRY_DELAY = timedelta(seconds=15)
MAX_RETRY_DELAY = timedelta(hours=1)
MAX_ATTEMPTS = 20  # about half a day with these delays
RECORD_DELAY = timedelta(seconds=1)
# What became of emails is stored together, but not later than this.
SETTLE_SECONDS = 1.0
# If the server refuses so many recipients and takes no email meanwhile, it is about us.
SEVERAL_RECIPIENTS = 3

_log = structlog.get_logger()


@dataclass(frozen=True, kw_only=True)
class OrderFacts:
    """What emails about one order are built from; `tasks` by the number of the event that opened them."""

    details: OrderDetails
    links: Mapping[str, ApprovalLinkRow]
    tasks: Mapping[int, TaskRow | None]


@dataclass(frozen=True, kw_only=True)
class ClaimedEmail:
    """`facts` if it is about an order, shared by all emails about it: an error if they can't be read."""

    row: Email
    facts: OrderFacts | Exception | None = None


@dataclass(frozen=True, kw_only=True)
class ClaimedEmails:
    """The emails that no connection has taken yet, and what became of others, as far as that isn't stored.

    They were claimed when sending `began`, which ends at `until`; both are times of the event loop.
    """

    waiting: deque[ClaimedEmail]
    began: float
    until: float
    outcomes: deque[EmailOutcome] = field(default_factory=deque)

    @property
    def last_begin(self) -> float:
        """Of the time for all, the last quarter is left for the email that began last: it isn't cut short."""
        return self.until - (self.until - self.began) / 4


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

    async def claim(self, limit: int) -> ClaimedEmails:
        """Emails that are due, with what those about orders are built from."""
        began = asyncio.get_running_loop().time()
        rows = await self._database.run_alone(email_queue.claim, limit=limit, lease=self._lease)
        claimed = deque(ClaimedEmail(row=row) for row in rows if isinstance(row, AccountEmailRow))
        for about_order in _by_order(row for row in rows if isinstance(row, NotificationRow)):
            facts = await self._read_facts(about_order)
            claimed.extend(ClaimedEmail(row=row, facts=facts) for row in about_order)
        return ClaimedEmails(waiting=claimed, began=began, until=began + self._smtp.conversation_seconds)

    async def _read_facts(self, rows: Sequence[NotificationRow]) -> OrderFacts | Exception:
        """Those of emails about the same order, in a transaction of their own: what fails stops no other email."""
        ref, link_ids = OrderRef(tenant=rows[0].tenant, id=rows[0].order_id), [r.link_id for r in rows if r.link_id]
        try:
            emails = {row.seq: self._emails.get(row.event) for row in rows}
            openers = [seq for seq, email in emails.items() if email and Audience.ASSIGNEES in email[0].to]
            async with self._database.read() as session:
                return OrderFacts(
                    details=await order_details.load(session, ref.tenant, ref.id, also={r.recipient_id for r in rows}),
                    links=await approval_links.by_id(session, link_ids) if link_ids else {},
                    tasks={seq: await tasks.opened_by(session, ref, seq) for seq in openers},
                )
        except Exception as error:  # noqa: BLE001 - each of the emails is deferred because of it
            return error

    async def send(self, claimed: ClaimedEmails) -> None:
        """Send, skip or defer over one connection what no other one takes, until nothing is left.

        Never raises: what can't be recorded is due again after the lease.
        """
        clock = asyncio.get_running_loop().time
        async with self._smtp.conversation(claimed.until) as conversation:
            settled_at = clock()
            while claimed.waiting:
                email = claimed.waiting.popleft()
                if clock() < claimed.last_begin:
                    claimed.outcomes.append(await self._attempt(conversation, email))
                else:
                    claimed.outcomes.append(EmailOutcome(row=email.row, result=LEFT, delay=timedelta(0)))
                if clock() > settled_at + SETTLE_SECONDS:
                    await self._settle(claimed)
                    settled_at = clock()
            await self._settle(claimed)

    async def _settle(self, claimed: ClaimedEmails) -> None:
        """Store what became of emails so far, also of those that other connections have taken."""
        outcomes = [claimed.outcomes.popleft() for _ in range(len(claimed.outcomes))]
        for table in {type(outcome.row) for outcome in outcomes}:
            await self._record([outcome for outcome in outcomes if type(outcome.row) is table])

    async def _record(self, outcomes: Sequence[EmailOutcome]) -> None:
        for _ in range(self._lease // RECORD_DELAY):
            try:
                settled = await self._database.run_alone(email_queue.settle, outcomes)
            except Exception as error:  # noqa: BLE001 - the database is away
                _log.warning("email_not_recorded", error=f"{type(error).__name__}: {error}")
                await asyncio.sleep(RECORD_DELAY.total_seconds())
            else:
                for outcome in outcomes:
                    _observe(outcome, is_current=outcome.row.id in settled)
                return

    async def _attempt(self, conversation: EmailConversation, claimed: ClaimedEmail) -> EmailOutcome:
        row = claimed.row
        _bind_log_context(row)
        try:
            email = await self._build(claimed)
            if isinstance(email, str):
                return _outcome(row, "unconfirmed" if row.possibly_sent else "skipped", email)
            await conversation.send(
                self._renderer.render(email), sender=self._renderer.sender, recipient=email.to.address
            )
        except EmailRejected as error:
            return _outcome(row, "dead", str(error))
        except RecipientRefused as error:
            self._refused_recipients.add(row.address)
            all_of_them = len(self._refused_recipients) >= SEVERAL_RECIPIENTS
            return _failure(row, EmailRefused(str(error)) if all_of_them else error)
        except Exception as error:  # noqa: BLE001 - one email that cannot be built must not stop the others
            return _failure(row, error)
        self._refused_recipients.clear()
        return EmailOutcome(row=row, result="sent")

    async def _build(self, claimed: ClaimedEmail) -> EmailContent | str:
        """The email, or the reason to skip it. Raises EmailRejected."""
        if isinstance(claimed.row, NotificationRow):
            facts = claimed.facts
            if not isinstance(facts, OrderFacts):
                raise facts or LookupError(claimed.row.order_id)
            structlog.contextvars.bind_contextvars(order=facts.details.order.number)
            email = self._build_order_email(claimed.row, facts)
        else:
            async with self._database.transaction() as session:
                email = await build_account_email(session, claimed.row, self._signer, at=self._clock())
        return email if isinstance(email, str) else _with_parsed_address(email)

    def _build_order_email(self, row: NotificationRow, facts: OrderFacts) -> EmailContent | str:
        details, person = facts.details, facts.details.people[row.recipient_id]
        link, task = facts.links.get(row.link_id or ""), facts.tasks.get(row.seq)
        email, _ = self._emails[row.event]
        reason = skip_reason(email, row, details=details, person=person, link=link, task=task, at=self._clock())
        if reason is not None:
            return reason
        url = self._signer.url(link.id) if link and details.policy.email_decisions else None
        return build_order_email(details, row, person, self._carrier_names, self._order_types, link=link, url=url)


def _failure(row: Email, error: Exception) -> EmailOutcome:
    reason = f"{type(error).__name__}: {error}"
    if row.attempts >= MAX_ATTEMPTS:
        return _outcome(row, "dead", reason)
    results = {EmailRefused: "refused", RecipientRefused: "recipient_refused", EmailUnconfirmed: "unanswered"}
    delay = min(FIRST_RETRY_DELAY * 2 ** (row.attempts - 1), MAX_RETRY_DELAY)
    return replace(_outcome(row, results.get(type(error), "deferred"), reason), delay=delay)


def _outcome(row: Email, result: str, reason: str) -> EmailOutcome:
    """A server can answer with bytes that are no text."""
    storable = reason.encode(errors="replace").decode().replace("\0", "")
    return EmailOutcome(row=row, result=result, reason=links.mask(storable))


def _observe(outcome: EmailOutcome, *, is_current: bool) -> None:
    row = outcome.row
    _bind_log_context(row)
    if not is_current:  # the lease was over, and another attempt has begun, whose outcome counts
        _log.warning("email_too_late", outcome=outcome.result, reason=outcome.reason, attempts=row.attempts)
        return
    if outcome.result == LEFT:
        return
    EMAILS.labels(outcome.result).inc()
    level = WARNING if outcome.delay else INFO
    _log.log(level, f"email_{outcome.result}", reason=outcome.reason, attempts=row.attempts)


def _with_parsed_address(email: EmailContent) -> EmailContent:
    """Raises EmailRejected: no server can take an email to something that is no address."""
    try:
        return replace(email, to=replace(email.to, address=email_address.parse(email.to.address)))
    except ValueError as error:
        raise EmailRejected(f"not an email address: {error}") from error


def _by_order(rows: Iterable[NotificationRow]) -> Iterable[list[NotificationRow]]:
    found: dict[tuple[str, str], list[NotificationRow]] = {}
    for row in rows:
        found.setdefault((row.tenant, row.order_id), []).append(row)
    return found.values()


def _bind_log_context(row: Email) -> None:
    """Identify the email in the log, never its recipient."""
    order = {"order_id": row.order_id} if isinstance(row, NotificationRow) else {}
    structlog.contextvars.clear_contextvars()
    structlog.contextvars.bind_contextvars(email_id=row.id, email=row.event, tenant=row.tenant, **order)
