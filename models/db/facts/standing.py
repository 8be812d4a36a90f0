"""What limits an order: the account that pays, the policy, the cost centers and the lines the beneficiary has."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ARRAY, TEXT, ColumnElement, all_, any_, func, literal
from sqlmodel import col, select

from models.db.accounts import account_tree
from models.db.accounts.tables import AccountRow, CostCenterRow
from models.db.catalog import policy_versions
from models.db.catalog.tables import PolicyRow
from models.db.clauses import matches
from models.db.inventory.tables import ENDED_LINE_STATUSES, LineRow
from models.db.orders.tables import ItemRow, OrderRow
from models.db.people import lookup
from models.db.people.tables import PersonRow
from models.db.session import Session
from models.db.statement import Statement, param
from models.errors import NotFound
from models.facts import Account, Person, Policy
from models.holder import Holder
from models.lifecycle import FINAL
from models.order_type import LINE_ALLOWANCE

_TENANT, _PERSON_ID = param("tenant"), param("person_id")


@dataclass(frozen=True, kw_only=True)
class Standing:
    """`cost_centers` are all active ones, `budget_owners` the owners of those that are charged."""

    account: Account
    policy: Policy
    lines_held: int
    cost_centers: frozenset[str]
    budget_owners: tuple[Person, ...]


def _lines_held() -> ColumnElement[int]:
    """Count a person's lines that have not ended, and those on order that are not theirs yet."""
    lines = select(func.count()).where(
        col(LineRow.tenant) == _TENANT,
        col(LineRow.person_id) == _PERSON_ID,
        col(LineRow.status) != all_(literal([*ENDED_LINE_STATUSES], ARRAY(TEXT))),
    )
    on_order = (
        select(func.count())
        .select_from(ItemRow)
        .join(OrderRow, matches(OrderRow.id, ItemRow.order_id))
        .outerjoin(LineRow, matches(LineRow.id, ItemRow.line_id))
        .where(
            col(OrderRow.tenant) == _TENANT,
            col(OrderRow.beneficiary_id) == _PERSON_ID,
            col(OrderRow.status) != all_(literal(sorted(FINAL), ARRAY(TEXT))),
            # SQL reads the document as it was stored, without `upgrade`: `checks` keeps its name.
            col(OrderRow.type)["checks"].contains([LINE_ALLOWANCE]),
            col(LineRow.person_id).is_distinct_from(_PERSON_ID),
        )
    )
    return lines.scalar_subquery() + on_order.scalar_subquery()


def _cost_centers() -> ColumnElement[list[str]]:
    active = select(CostCenterRow.code).where(col(CostCenterRow.tenant) == _TENANT, col(CostCenterRow.active))
    return func.array(active.scalar_subquery(), type_=ARRAY(TEXT))


# One row for each charged cost center that is active.
_STANDING = Statement[Any](
    account_tree.account_query(_TENANT, param("account_id"))
    .select_from(AccountRow)
    .outerjoin(PolicyRow, policy_versions.in_force(_TENANT))
    .outerjoin(
        CostCenterRow,
        (col(CostCenterRow.tenant) == _TENANT)
        & col(CostCenterRow.active)
        & (col(CostCenterRow.code) == any_(param("charged", ARRAY(TEXT)))),
    )
    .outerjoin(PersonRow, matches(PersonRow.id, CostCenterRow.owner_id))
    .add_columns(PolicyRow, _lines_held(), _cost_centers(), PersonRow)
    .order_by(col(CostCenterRow.code)),
    *(AccountRow, None, None, None),
    *(PolicyRow, None, None, PersonRow),
)


async def load(
    session: Session, tenant: str, beneficiary: Holder, account_id: str, charged: Collection[str | None]
) -> Standing:
    """The account, the current policy, the cost centers and the number of a person's lines, in one query.

    A site and nobody have no lines that count. `charged` are the cost centers that the order names. Raises NotFound.
    """
    codes = [code for code in charged if code]
    rows = await session.all(
        _STANDING, tenant=tenant, account_id=account_id, person_id=beneficiary.person_id, charged=codes
    )
    if not rows:
        raise NotFound(f'No account matches "{account_id}".', field="account_id")
    *of_account, newest, lines_held, cost_centers, _ = rows[0]
    owners = {owner.id: lookup.person(owner) for *_, owner in rows if owner}
    return Standing(
        account=account_tree.account(*of_account),
        policy=policy_versions.value_of(newest),
        lines_held=lines_held,
        cost_centers=frozenset(cost_centers),
        budget_owners=tuple(owners.values()),
    )
