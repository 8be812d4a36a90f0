"""The fields of the order form that say who an order is for, or who gets a line."""

from dataclasses import replace

from api.order_form.fields import Default, Field, FormState, Option, Widget, field_of
from api.order_form.parsing import ORDER_FIELDS, value_at
from models.facts import Facts
from models.holder import HolderKind
from models.order_type import OrderType
from models.questions.reassignment import ASSIGN_TO
from policies.line_access import NO_NEW_HOLDER


def asks_for_whom(order_type: OrderType) -> bool:
    """Otherwise the order is for the person the line or device is assigned to."""
    return not order_type.about_inventory or order_type.changes_hands


def for_whom_fields(
    order_type: OrderType, facts: Facts, state: FormState, *, people: tuple[Option, ...], sites: tuple[Option, ...]
) -> tuple[Field, ...]:
    if not asks_for_whom(order_type):
        return ()
    kind = next((asked for asked in order_type.questions if asked.code == ASSIGN_TO.code), None)
    if kind is None:
        return (_person(order_type, facts, state, people),)
    to = HolderKind((ASSIGN_TO.of(facts.answers[0]) if facts.answers else None) or HolderKind.PERSON)
    chosen = replace(field_of(ASSIGN_TO, kind, "answers", state), value=to.value, default=None, required=True)
    if to is HolderKind.NOBODY:
        return (chosen,)
    return (chosen, _site(state, sites) if to is HolderKind.SITE else _person(order_type, facts, state, people))


def _person(order_type: OrderType, facts: Facts, state: FormState, people: tuple[Option, ...]) -> Field:
    chosen, known = value_at(state.body, "beneficiary_id"), facts.representative
    default = None if order_type.changes_hands else Default(value=known.id, text=known.name)
    return Field(
        path="beneficiary_id",
        label="Assign to" if order_type.changes_hands else ORDER_FIELDS["beneficiary_id"],
        help=_whom_to_choose(order_type, facts, people),
        widget=Widget.SELECT if people else Widget.TEXT,
        value=(chosen or (default and default.value)) if people else known.email if chosen == known.id else chosen,
        options=_with_chosen(people, chosen, known.name if chosen == known.id else chosen),
        error=state.error("beneficiary_id"),
        required=bool(people) or default is None,
        default=default,
    )


def _site(state: FormState, sites: tuple[Option, ...]) -> Field:
    chosen = value_at(state.body, "beneficiary_site_id")
    return Field(
        path="beneficiary_site_id",
        label=ORDER_FIELDS["beneficiary_site_id"],
        help="" if sites else "Enter the site's name.",
        widget=Widget.SELECT if sites else Widget.TEXT,
        value=chosen,
        options=_with_chosen(sites, chosen, chosen),
        error=state.error("beneficiary_site_id"),
        required=True,
    )


def _with_chosen(offered: tuple[Option, ...], chosen: str | None, name: str | None) -> tuple[Option, ...]:
    """Adds a chosen value that is no longer offered, so that the list doesn't show another one as chosen."""
    if not offered or chosen is None or chosen in {option.value for option in offered}:
        return offered
    return Option(value=chosen, label=name or chosen), *offered


def _whom_to_choose(order_type: OrderType, facts: Facts, people: tuple[Option, ...]) -> str:
    if not people:
        return "Enter a full name or an email address."
    holders = {named.line.holder.person_id for named in facts.named_lines}
    nobody_else = order_type.changes_hands and holders >= {option.value for option in people}
    return NO_NEW_HOLDER if nobody_else else ""
