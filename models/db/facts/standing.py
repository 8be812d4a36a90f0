"""What limits an order: the account that pays, the policy, and the lines the beneficiary has."""

from dataclasses import dataclass

from sqlalchemy import ColumnElement, func, literal
from sqlmodel import col, select

from models.db.accounts import account_tree
from models.db.catalog import policy_versions
from models.db.catalog.tables import PolicyRow
from models.db.inventory.tables import ENDED_LINE_STATUSES, LineRow
from models.db.orders.tables import ItemRow, OrderRow
from models.db.session import Session
from models.errors import NotFound
from models.facts import Account, Policy
from models.holder import Holder
from models.lifecycle import FINAL
from models.order_type import LINE_ALLOWANCE


@dataclass(frozen=True, kw_only=True)
class Standing:
    account: Account
    policy: Policy
    lines_held: int


async def load(session: Session, tenant: str, beneficiary: Holder, account_id: str) -> Standing:
    """The account, the current policy and the number of a person's lines (0 for a site or nobody), in one query."""
    query = (
        account_tree.account_query(tenant, account_id)
        .outerjoin(PolicyRow, policy_versions.in_force(tenant))
        .add_columns(PolicyRow, _lines_held(tenant, beneficiary.person_id) if beneficiary.person_id else literal(0))
    )
    found = (await session.exec(query)).first()
    if found is None:
        raise NotFound(f'No account matches "{account_id}".', field="account_id")
    *of_account, newest, lines_held = found
    return Standing(
        account=account_tree.account(*of_account), policy=policy_versions.value_of(newest), lines_held=int(lines_held)
    )


def _lines_held(tenant: str, person_id: str) -> ColumnElement[int]:
    """Count a person's lines that have not ended, and those on order that are not theirs yet."""
    lines = select(func.count()).where(
        col(LineRow.tenant) == tenant,
        col(LineRow.person_id) == person_id,
        col(LineRow.status).not_in(ENDED_LINE_STATUSES),
    )
    on_order = (
        select(func.count())
        .select_from(ItemRow)
        .join(OrderRow, (col(OrderRow.tenant) == col(ItemRow.tenant)) & (col(OrderRow.id) == col(ItemRow.order_id)))
        .outerjoin(LineRow, (col(LineRow.tenant) == col(ItemRow.tenant)) & (col(LineRow.id) == col(ItemRow.line_id)))
        .where(
            col(OrderRow.tenant) == tenant,
            col(OrderRow.beneficiary_id) == person_id,
            col(OrderRow.status).not_in(FINAL),
            # SQL reads the document as it was stored, without `upgrade`: `checks` keeps its name.
            col(OrderRow.type)["checks"].contains([LINE_ALLOWANCE]),
            col(LineRow.person_id).is_distinct_from(person_id),
        )
    )
    return lines.scalar_subquery() + on_order.scalar_subquery()
