"""From a draft to an order: kept while it is filled in, placed once however often the button is pressed."""

from dataclasses import dataclass

from api.deps import Access, Services
from api.http.schemas import fingerprint
from api.order_form import options
from api.order_form.form import OrderForm, fill
from api.order_form.parsing import Document
from api.orders.request_schemas import OrderIn
from api.orders.submit import submit
from models.db.orders import drafts, idempotency
from models.db.orders.tables import DraftRow
from models.db.people import tenants
from models.db.people.tenants import TenantContext
from models.errors import NotFound
from models.order_type import OrderType


@dataclass(frozen=True, kw_only=True)
class OpenForm:
    """A form before its person: the draft it shows (None: nothing is kept yet), the sheet, and the house around."""

    house: TenantContext
    draft: DraftRow | None
    sheet: OrderForm

    @property
    def seen(self) -> str:
        """What a person has seen who looks at the order now: its answers and its price. It changes with either."""
        told = self.sheet.confirmation
        return fingerprint([self.sheet.body, told.price.model_dump(mode="json") if told else None])


def kind_of(services: Services, code: str) -> OrderType:
    """The order type of this code. Raises NotFound."""
    if code not in services.catalog:
        raise NotFound("There is no such kind of order.")
    return services.catalog[code]


async def open_form(
    services: Services, access: Access, code: str, proposed: Document | None = None, *, strict: bool = False
) -> OpenForm:
    """The form as it was left, else with what is `proposed`; changes nothing.

    Whoever comes from another line, or account, than the draft is about does not find that one by mistake.
    """
    kind = kind_of(services, code)
    async with services.database.transaction() as session:
        house = await tenants.tenant_context(session, access.person, services.now())
        draft = house.draft(code)
        if draft and proposed and _about_another(draft.document, proposed):
            draft = None
        body = draft.document if draft else proposed or {"type": code, "answers": {}, "items": [{}]}
        sheet = await fill(session, services, access, kind, body, strict=strict)
    return OpenForm(house=house, draft=draft, sheet=sheet)


def _about_another(kept: Document, proposed: Document) -> bool:
    lines = {item["line"] for item in proposed["items"] if "line" in item}
    account = proposed.get("account_id")
    return not lines <= {item.get("line") for item in kept["items"]} or account not in {None, kept.get("account_id")}


async def keep(services: Services, access: Access, code: str, body: Document) -> DraftRow:
    """Keep what was filled in so far; somebody who was named by mail address, by their id."""
    whom = str(body.get("beneficiary_id", ""))
    async with services.database.transaction() as session:
        if "@" in whom:
            body = body | {"beneficiary_id": await options.somebody(session, access, whom) or whom}
        return await drafts.save(session, access.person, code, body, services.now())


async def discard(services: Services, access: Access, code: str) -> None:
    """Forget what was filled in."""
    async with services.database.transaction() as session:
        await drafts.discard(session, access.person, code)


async def send(services: Services, access: Access, begun: OpenForm) -> str:
    """Place what the draft holds, which ends the draft; returns the order's id. Raises OrderRefused.

    The draft's id is the key: whoever sends it again finds the order it made.
    """
    draft = begun.draft
    if draft is None:
        raise NotFound("There is nothing to send.")
    body = OrderIn.model_validate(draft.document)
    return (await submit(services, access, body, draft.id, from_draft=True)).order_id


async def sent_before(services: Services, access: Access, draft_id: str) -> str | None:
    """The order this draft has become, if it was sent."""
    person = access.person
    async with services.database.transaction() as session:
        return await idempotency.find(session, person.tenant, person.id, draft_id)
