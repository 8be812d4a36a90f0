"""Order types of tests."""

from typing import Any

from models.order_type import Family, OrderType, Subject, Texts
from models.question import Asked, AskedAt, Source

# How types use the questions that not every person must answer.
_USES = {
    "plan": Asked("plan", by=Source.CATALOG),
    "features": Asked("features", by=Source.NONE),
    "accessories": Asked("accessories", by=Source.NONE),
    "sim_type": Asked("sim_type", by=Source.CATALOG),
    "area_code": Asked("area_code", by=Source.EMPLOYEE),
    "service_zip": Asked("service_zip", by=Source.EMPLOYEE),
    "payment_term": Asked("payment_term", by=Source.POLICY),
    "ship_to": Asked("ship_to", by=Source.EMPLOYEE),
    "expedite": Asked("expedite", by=Source.NONE),
    "line": Asked("line", by=Source.EMPLOYEE),
    "billing": Asked("billing", by=Source.POLICY),
    "resume_on": Asked("resume_on", by=Source.NONE),
    "device_moves": Asked("device_moves", by=Source.POLICY),
    "fee_ack": Asked("fee_ack", by=Source.CHECK),
    "imei": Asked("imei", at=AskedAt.LATE, by=Source.CARRIER),
}


def asked(*codes: str) -> tuple[Asked, ...]:
    return tuple(_USES.get(code, Asked(code)) for code in codes)


def sample_type(*codes: str, title: str = "Sample", **fields: Any) -> OrderType:
    """A type that asks these questions; it is about lines or devices if it asks for one."""
    subjects = {"line": Subject.LINE, "device_held": Subject.DEVICE}
    defaults: dict[str, Any] = {
        "code": "SAMPLE",
        "family": Family.NEW,
        "subject": next((subjects[code] for code in codes if code in subjects), Subject.NONE),
        "checks": (),
        "steps": (),
        "effect": "new_line",
        "texts": Texts(title=title, done="It is done.", done_for_many="They are done."),
    }
    return OrderType(questions=asked(*codes), **(defaults | fields))
