"""How the lines of a carrier's report differ from those of the inventory, in one statement."""

from typing import Any

from sqlalchemy import CTE, ColumnElement, Select, Text, and_, case, cast, func, literal, null, or_, union_all
from sqlalchemy.dialects.postgresql import ARRAY, TEXT, aggregate_order_by, array
from sqlmodel import col, select

from models.carrier_report import ACTIVE, DISCONNECTED, SUSPENDED, DifferenceKind
from models.db.catalog.tables import ProductRow
from models.db.clauses import matches
from models.db.inventory.tables import ENDED_LINE_STATUSES, DeviceRow, LineRow, SimRow
from models.db.reconciliations.tables import ReconciliationRow, ReportedLineRow
from models.identifiers import ICCID_DIGITS
from models.inventory import LineStatus
from models.product import ProductKind

_COMPARED_STATUSES = (LineStatus.ACTIVE, LineStatus.SUSPENDED)


def differences(run: ReconciliationRow) -> Any:
    """Selects `kind`, `line_id`, `mdn`, `account`, `ours` and `theirs` of each difference.

    What the report doesn't say, and lines that the carrier can't know yet, don't differ.
    """
    both = _both(run)
    told = both.c
    status = case((told.line_status == LineStatus.ACTIVE, ACTIVE), else_=SUSPENDED)
    is_compared = told.line_status.in_(_COMPARED_STATUSES)
    without_check_digit = [func.left(told[name], ICCID_DIGITS) for name in ("our_iccid", "iccid")]
    return union_all(
        _carrier_only(run),
        _ours_only(run),
        _of(both, DifferenceKind.STATUS, status, told.status, is_compared & (told.status != status)),
        _of(both, DifferenceKind.ACCOUNT, told.our_account, told.account, _differ(told.our_account, told.account)),
        _of(both, DifferenceKind.PLAN, told.our_plan, told.plan, _differ(told.our_plan, told.plan)),
        _of(
            both,
            DifferenceKind.SIM,
            told.our_iccid,
            told.iccid,
            _differ(*without_check_digit),
        ),
        _of(
            both,
            DifferenceKind.DEVICE,
            told.our_imei,
            told.imei,
            _differ(told.our_imei, told.imei) & told.our_imei2.is_distinct_from(told.imei),
        ),
        _of(both, DifferenceKind.FEATURES, told.our_features, told.features, _differ(told.our_features, told.features)),
    )


def _both(run: ReconciliationRow) -> CTE:
    """The reported lines that the company has in use, each as it is in the inventory, with our names of products."""
    reported = ReportedLineRow
    by_plan = (
        select(func.min(col(ProductRow.sku)))
        .where(_known_as(run, ProductKind.PLAN, col(reported.plan)))
        .correlate(reported)
        .scalar_subquery()
    )
    told = func.unnest(col(reported.features)).table_valued("name", name="told").render_derived()
    by_feature = (
        select(func.min(col(ProductRow.sku)))
        .where(_known_as(run, ProductKind.FEATURE, told.c.name))
        .correlate(told)
        .scalar_subquery()
    )
    features = _sorted(func.coalesce(by_feature, told.c.name)).select_from(told).correlate(reported).scalar_subquery()
    own = func.unnest(col(LineRow.features)).table_valued("name", name="own").render_derived()
    our_features = _sorted(own.c.name).select_from(own).correlate(LineRow).scalar_subquery()
    return (
        select(
            col(LineRow.id).label("line_id"),
            col(reported.mdn),
            col(reported.account),
            col(reported.status),
        )
        .add_columns(
            col(reported.iccid),
            col(reported.imei),
            func.coalesce(by_plan, col(reported.plan)).label("plan"),
            case((col(reported.features).is_not(None), features), else_=null()).label("features"),
            col(LineRow.status).label("line_status"),
            col(LineRow.carrier_account).label("our_account"),
            col(LineRow.plan).label("our_plan"),
            our_features.label("our_features"),
            col(SimRow.iccid).label("our_iccid"),
            col(DeviceRow.imei).label("our_imei"),
            col(DeviceRow.imei2).label("our_imei2"),
        )
        .join(LineRow, _is_line(run))
        .outerjoin(SimRow, matches(SimRow.id, LineRow.sim_id))
        .outerjoin(DeviceRow, matches(DeviceRow.id, LineRow.device_id))
        .where(*_of_report(run))
        .cte("both")
    )


def _carrier_only(run: ReconciliationRow) -> Any:
    """Lines that the carrier has and the company doesn't; those that the carrier has ended are none."""
    reported = ReportedLineRow
    ours = select(LineRow.id).where(_is_line(run)).exists()
    return select(
        literal(DifferenceKind.CARRIER_ONLY.value).label("kind"),
        cast(null(), Text).label("line_id"),
        col(reported.mdn),
        col(reported.account),
    ).add_columns(
        _no_texts().label("ours"),
        _texts(func.coalesce(col(reported.status), ACTIVE)).label("theirs"),
    ).where(*_of_report(run), col(reported.status).is_distinct_from(DISCONNECTED), ~ours)  # fmt: skip


def _ours_only(run: ReconciliationRow) -> Any:
    """Lines in use of the accounts that the report is about, which it doesn't have."""
    told = select(ReportedLineRow.mdn).where(*_of_report(run), _is_line(run)).exists()
    return select(
        literal(DifferenceKind.OURS_ONLY.value).label("kind"),
        col(LineRow.id).label("line_id"),
        col(LineRow.mdn),
        col(LineRow.carrier_account).label("account"),
    ).add_columns(_texts(col(LineRow.status)).label("ours"), _no_texts().label("theirs")).where(
        *_in_use(run),
        col(LineRow.mdn).is_not(None),
        col(LineRow.carrier_account).in_(run.accounts),
        ~told,
    )  # fmt: skip


def _of(both: CTE, kind: DifferenceKind, ours: Any, theirs: Any, differs: ColumnElement[bool]) -> Select[Any]:
    told = both.c
    return select(  # type: ignore[call-overload, no-any-return] # no overload has as many columns
        literal(kind.value).label("kind"),
        told.line_id,
        told.mdn,
        told.account,
        _texts(ours).label("ours"),
        _texts(theirs).label("theirs"),
    ).where(differs)


def _differ(ours: Any, theirs: Any) -> ColumnElement[bool]:
    return and_(theirs.is_not(None), ours.is_distinct_from(theirs))


def _is_line(run: ReconciliationRow) -> ColumnElement[bool]:
    return and_(*_in_use(run), col(LineRow.mdn) == col(ReportedLineRow.mdn))


def _in_use(run: ReconciliationRow) -> tuple[ColumnElement[bool], ...]:
    return (
        col(LineRow.tenant) == run.tenant,
        col(LineRow.carrier) == run.carrier,
        col(LineRow.status).not_in(ENDED_LINE_STATUSES),
    )


def _of_report(run: ReconciliationRow) -> tuple[ColumnElement[bool], ...]:
    return col(ReportedLineRow.tenant) == run.tenant, col(ReportedLineRow.reconciliation) == run.number


def _known_as(run: ReconciliationRow, kind: ProductKind, name: Any) -> ColumnElement[bool]:
    """A product that the carrier or the company calls by this name."""
    offering = col(ProductRow.offerings)[run.carrier].as_string()
    return and_(
        col(ProductRow.tenant) == run.tenant,
        col(ProductRow.kind) == kind,
        or_(offering == name, col(ProductRow.sku) == name),
    )


def _sorted(value: Any) -> Any:
    return select(func.coalesce(func.array_agg(aggregate_order_by(value, value), type_=ARRAY(TEXT)), _no_texts()))


def _texts(value: Any) -> Any:
    """A list of one text, of none if it is NULL, or the list that it is."""
    if isinstance(value.type, ARRAY):
        return value
    return func.array_remove(array([cast(value, TEXT)]), null())


def _no_texts() -> Any:
    return cast(array([], type_=TEXT), ARRAY(TEXT))
