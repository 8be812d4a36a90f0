"""The content of each approval page."""

from collections.abc import Mapping
from datetime import datetime
from types import MappingProxyType
from typing import Any

from api.approval_links.session import LinkSession
from models import formatting
from models.db.approvals.approval_links import EXPLANATIONS, LinkStatus
from models.db.outbox.tables import OutboxRow
from models.lifecycle import Action
from models.order import Changes
from models.status_labels import label
from notifications.email import approval_request

_VERBS: Mapping[str, str] = MappingProxyType(
    {
        Action.APPROVE: "approved this order",
        Action.REJECT: "rejected this order",
        Action.REQUEST_INFO: "asked a question about this order",
    }
)
_STATE_VERBS = {"approved": _VERBS[Action.APPROVE], "rejected": _VERBS[Action.REJECT]}


def deciding(opened: LinkSession, today: Changes, now: datetime) -> dict[str, Any]:
    return _common(opened) | {
        "approval_request": approval_request(
            opened.details, opened.approval, until_seq=opened.details.order.seq, at=now, today=today
        ),
        "approver": opened.details.name(opened.approval.approver_id),
        "link_until": _moment(opened, opened.link.expires_at),
        "error": opened.refused and f"Your last decision didn't count. {opened.refused}",
    }


def recorded(opened: LinkSession) -> dict[str, Any]:
    """What was decided, by whom and when, and whether the order has received it."""
    outcome = _decision_outcome(opened, opened.decision) if opened.decision is not None else _approval_outcome(opened)
    return _common(opened) | {"outcome": outcome, "status": label(_status(opened))}


def _status(opened: LinkSession) -> str:
    """The order's status, from the workflow's response while the database is behind it."""
    result = (opened.decision.result if opened.decision else None) or {}
    order = opened.details.order
    return str(result["status"]) if result.get("seq", 0) > order.seq else order.status


def closed(opened: LinkSession) -> dict[str, Any]:
    """Why this link can't be used, what others decided, and whether a new link is available."""
    changed = opened.blocked is None and opened.status is LinkStatus.CHANGED
    others = [] if opened.blocked else _other_decisions(opened)
    refused = f"Your decision didn't count. {opened.refused} " if opened.refused else ""
    return _common(opened) | {
        "blocked": opened.blocked is not None,
        "reason": opened.blocked or refused + ("This request was decided." if others else _reason(opened)),
        "heading": _heading(opened, changed=changed),
        "changed": changed,
        "others": others,
        "can_get_new_link": opened.can_get_new_link,
    }


def _heading(opened: LinkSession, *, changed: bool) -> str:
    if changed:
        return "This order has changed"
    if opened.blocked or opened.can_get_new_link:
        return "This link no longer works"
    return "This request is closed"


def new_link_sent(opened: LinkSession) -> dict[str, Any]:
    """The email address is masked."""
    approver = opened.details.people.get(opened.approval.approver_id)
    mailbox, _, domain = (approver.email if approver else "").partition("@")
    return _common(opened) | {
        "number": opened.details.order.number,
        "address": f"{mailbox[:1]}…@{domain}" if domain else "your registered email address",
    }


def _common(opened: LinkSession) -> dict[str, Any]:
    return {
        "tenant": opened.details.tenant.name,
        "zone": opened.details.policy.time_zone,
        "approval_id": opened.approval.id,
    }


def _decision_outcome(opened: LinkSession, decision: OutboxRow) -> dict[str, Any]:
    return {
        "who": opened.details.name(opened.approval.approver_id),
        "did": _VERBS[decision.name],
        "decision": formatting.humanize(decision.name),
        "when": _moment(opened, opened.approval.decided_at or decision.created_at),
        "comment": decision.payload.get("comment") or decision.payload.get("text") or "",
        "by_link": decision.link_id is not None,
        "is_question": decision.name == Action.REQUEST_INFO,
        "in_delivery": decision.state == "waiting",
    }


def _approval_outcome(opened: LinkSession) -> dict[str, Any]:
    approval = opened.approval
    return {
        "who": approval.decided_by_name,
        "did": _STATE_VERBS[approval.state],
        "when": _moment(opened, approval.decided_at) if approval.decided_at else "",
        "comment": approval.comment or "",
        "by_link": approval.channel == "email_link",
        "is_question": False,
        "in_delivery": False,
    }


def _reason(opened: LinkSession) -> str:
    if opened.status is LinkStatus.CHANGED:
        return EXPLANATIONS[LinkStatus.CHANGED]
    if opened.status is LinkStatus.EXPIRED:
        return f"This link expired on {_moment(opened, opened.link.expires_at)}."
    if opened.approval.state == "expired":
        return f"No one decided by {_moment(opened, opened.approval.due_at)}, so the order expired."
    if opened.link.reason:
        return f"This link no longer works: {opened.link.reason}."
    return "This request no longer needs your decision."


def _other_decisions(opened: LinkSession) -> list[dict[str, str]]:
    """The decisions of other approvers in the same round and stage."""
    return [
        {"who": one.decided_by_name, "did": _STATE_VERBS[one.state], "when": _moment(opened, one.decided_at)}
        for one in opened.details.approvals
        if (one.round, one.stage) == (opened.approval.round, opened.approval.stage)
        and one.decided_at is not None
        and one.decided_by_name is not None
        and one.state in _STATE_VERBS
    ]


def _moment(opened: LinkSession, at: datetime) -> str:
    return formatting.date_time(at, opened.details.policy.time_zone)
