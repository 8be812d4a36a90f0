"""What each approval page shows, as texts and values its template puts in place."""

from collections.abc import Mapping
from datetime import datetime
from types import MappingProxyType
from typing import Any

from api.approval_links.session import LinkSession
from models.db.approvals.approval_links import LinkStatus
from models.db.outbox.tables import OutboxRow
from models.lifecycle import Action
from notifications import formatting
from notifications.email import request_of
from notifications.order_summary import summarize

_DONE: Mapping[str, str] = MappingProxyType(
    {
        Action.APPROVE: "approved this order",
        Action.REJECT: "rejected this order",
        Action.REQUEST_INFO: "asked a question about this order",
    }
)
_DECIDED = {"approved": _DONE[Action.APPROVE], "rejected": _DONE[Action.REJECT]}


def deciding(seen: LinkSession, now: datetime) -> dict[str, Any]:
    """The order, the question, and the person who is to answer it."""
    return _common(seen) | {
        "asked": request_of(seen.dossier, seen.approval, until_seq=seen.dossier.order.seq, at=now),
        "person": seen.dossier.name(seen.approval.approver_id),
        "link_until": _moment(seen, seen.link.expires_at),
    }


def recorded(seen: LinkSession) -> dict[str, Any]:
    """What was recorded, by whom and when, and whether the order knows it yet."""
    outcome = _said(seen, seen.said) if seen.said is not None else _decided(seen)
    return _common(seen) | {"outcome": outcome, "status": formatting.sentence(_status(seen))}


def _status(seen: LinkSession) -> str:
    """Where the order stands, by the workflow's own answer as long as the database is a moment behind it."""
    answer = (seen.said.result if seen.said else None) or {}
    return str(answer["status"]) if answer.get("seq", 0) > seen.dossier.order.seq else seen.dossier.order.status


def closed(seen: LinkSession) -> dict[str, Any]:
    """Why this link decides nothing any more, what was decided instead, and whether a fresh one can be had."""
    changed = seen.barrier is None and seen.standing is LinkStatus.CHANGED
    others = [] if seen.barrier else _others(seen)
    return _common(seen) | {
        "why": seen.barrier or ("This request has been decided." if others else _why(seen)),
        "changed": changed,
        "others": others,
        "fresh": seen.pending is not None and seen.dossier.policy.email_decisions,
    }


def mailed(seen: LinkSession) -> dict[str, Any]:
    """Where the fresh link went, without giving the address away."""
    person = seen.person
    box, _, domain = (person.email if person else "").partition("@")
    return _common(seen) | {"address": f"{box[:1]}…@{domain}" if domain else "the registered address"}


def _common(seen: LinkSession) -> dict[str, Any]:
    return {
        "tenant": seen.dossier.tenant.name,
        "order": summarize(seen.dossier),
        "approval_id": seen.approval.id,
    }


def _said(seen: LinkSession, said: OutboxRow) -> dict[str, Any]:
    return {
        "who": seen.dossier.name(seen.approval.approver_id),
        "did": _DONE[said.name],
        "when": _moment(seen, seen.approval.decided_at or said.created_at),
        "words": said.payload.get("comment") or said.payload.get("text") or "",
        "by_link": True,
        "underway": said.state == "waiting",
    }


def _decided(seen: LinkSession) -> dict[str, Any]:
    approval = seen.approval
    return {
        "who": approval.decided_by_name,
        "did": _DECIDED[approval.state],
        "when": _moment(seen, approval.decided_at) if approval.decided_at else "",
        "words": approval.comment or "",
        "by_link": approval.channel == "email_link",
        "underway": False,
    }


def _why(seen: LinkSession) -> str:
    if seen.standing is LinkStatus.CHANGED:
        return "The order has changed since this e-mail was sent, so its link decides nothing."
    if seen.standing is LinkStatus.EXPIRED:
        return f"This link was good until {_moment(seen, seen.link.expires_at)}."
    if seen.approval.state == "expired":
        return f"Nobody decided until {_moment(seen, seen.approval.due_at)}, so the order has expired."
    if seen.link.reason:
        return f"This link no longer works: {seen.link.reason}."
    return "This request is not waiting for your decision any more."


def _others(seen: LinkSession) -> list[dict[str, str]]:
    """What others decided about the same request."""
    return [
        {"who": one.decided_by_name, "did": _DECIDED[one.state], "when": _moment(seen, one.decided_at)}
        for one in seen.dossier.approvals
        if (one.round, one.stage) == (seen.approval.round, seen.approval.stage)
        and one.decided_at is not None
        and one.decided_by_name is not None
        and one.state in _DECIDED
    ]


def _moment(seen: LinkSession, at: datetime) -> str:
    return formatting.moment(at, seen.dossier.policy.time_zone)
