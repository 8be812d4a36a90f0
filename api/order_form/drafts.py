"""Drafts: saved while the form is filled in, submitted once no matter how often the button is pressed."""

from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime

from pydantic import ValidationError

from api.deps import Access, Services
from api.http.schemas import fingerprint
from api.next_orders.starting import Start, proposed
from api.order_form import options
from api.order_form.form import OrderForm, fill
from api.order_form.parsing import CARRIED_FIELDS, Document
from api.order_types.routes import find_order_type
from api.orders import ask_carrier
from api.orders.evaluation import visible_order
from api.orders.schemas import OrderIn
from api.orders.submit import SubmittedOrder, submit
from models.db import tenant_context
from models.db.orders import drafts, idempotency
from models.db.orders.tables import DraftRow
from models.db.session import Session
from models.db.tenant_context import TenantContext
from models.errors import InvalidRequest
from models.facts import Person
from models.questions.device import DEVICE_HELD
from models.questions.line import LINE


@dataclass(frozen=True, kw_only=True)
class OpenForm:
    """A form as shown to a user; `draft` is None as long as nothing is saved."""

    tenant: TenantContext
    draft: DraftRow | None
    form: OrderForm

    @property
    def reviewed(self) -> str:
        """A fingerprint of what the review page shows: it changes with the answers and the price."""
        quote = self.form.quote
        shown = quote.model_dump(mode="json", include={"price", "carrier_says"}) if quote else None
        return fingerprint([self.form.body, shown])


async def open_form(
    services: Services, access: Access, code: str, start: Start | None = None, *, strict: bool = False
) -> OpenForm:
    """The saved draft, or a new form as it is to `start`; writes nothing.

    A draft for other lines or devices, another account or after another order is not opened then.
    """
    order_type = find_order_type(services, code)
    async with services.database.read() as session:
        tenant = await tenant_context.load(session, access.person, services.now())
        draft = tenant.draft(code)
        body = await proposed(session, access.person, order_type, start or Start())
        if draft and start and _differs(draft.document, body):
            draft = None
        body = await _without_hidden_parent(session, access.person, draft.document) if draft else body
        form = await fill(session, services, access, order_type, body, strict=strict)
    return OpenForm(tenant=tenant, draft=draft, form=form)


def _differs(saved: Document, proposed: Document) -> bool:
    chosen = {name: proposed[name] for name in ("account_id", *CARRIED_FIELDS) if name in proposed}
    return not _things(proposed) <= _things(saved) or not chosen.items() <= saved.items()


def _things(document: Document) -> set[str]:
    """The lines and devices that it names."""
    return {thing for item in document["items"] for thing in (LINE.of(item), DEVICE_HELD.of(item)) if thing}


async def _without_hidden_parent(session: Session, person: Person, saved: Document) -> Document:
    """The draft follows no order that its person can't see anymore."""
    if "parent" in saved:
        try:
            await visible_order(session, person, saved["parent"])
        except InvalidRequest:
            return {name: value for name, value in saved.items() if name not in CARRIED_FIELDS}
    return saved


async def save(services: Services, access: Access, code: str, body: Document) -> None:
    """A person given by email address or name, and a site given by name, are saved by ID.

    The carrier is asked, if the type says so.
    """
    await services.database.run(_save, access, code, body, services.now())
    await ask_for_quotes(services, access, code)


async def ask_for_quotes(services: Services, access: Access, code: str) -> None:
    """Have the carrier asked what the draft would cost, if its type says so: pages only show what was answered."""
    if not find_order_type(services, code).quote:
        return
    opened = await open_form(services, access, code)
    with suppress(ValidationError):  # the form says what can't be read in it
        await ask_carrier.ask(services, access.person, OrderIn.model_validate(opened.form.body))


async def _save(session: Session, access: Access, code: str, body: Document, at: datetime) -> None:
    beneficiary = str(body.get("beneficiary_id", ""))
    if "@" in beneficiary or " " in beneficiary:
        person_id = await options.find_person(session, access, beneficiary)
        body = body | {"beneficiary_id": person_id or beneficiary}
    if site := body.get("beneficiary_site_id"):
        body = body | {"beneficiary_site_id": await options.find_site(session, access, site) or site}
    await drafts.save(session, access.person, code, body, at)


async def discard(services: Services, access: Access, code: str) -> None:
    await services.database.run(drafts.discard, access.person, code)


async def submit_draft(services: Services, access: Access, draft: DraftRow, document: Document) -> SubmittedOrder:
    """Submit the draft as `document`, which is the form's body with its secrets, and delete it.

    Raises OrderRejected.

    The draft's ID is the idempotency key: submitting it again finds the order it became.
    """
    body = OrderIn.model_validate(document)
    return await submit(services, access, body, draft.id, from_draft=True)


async def submitted_order(services: Services, access: Access, draft_id: str) -> str | None:
    """The order this draft became, if it was submitted."""
    person = access.person
    async with services.database.read() as session:
        return await idempotency.find(session, person.tenant, person.id, draft_id)
