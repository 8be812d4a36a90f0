"""The end of features that have a last day."""

from models.event import Audience, Event, EventEmail, task_event

FEATURE_END_REQUESTED = Event(code="feature_end_requested", title="Carrier asked to remove features")
FEATURES_ENDED = Event(code="features_ended", title="Features ended", details=frozenset({"features", "last_day"}))
FEATURES_END_SOON = Event(
    code="features_end_soon",
    title="Features end soon",
    details=frozenset({"features", "last_day"}),
    emails=(
        EventEmail(
            name="features_end_soon",
            to=(Audience.HOLDER, Audience.REQUESTER),
            until=frozenset({FEATURES_ENDED.code, "line_changed_by_order"}),
        ),
    ),
)
ALREADY_ENDED = Event(code="already_ended", title="Features had already ended")
FEATURE_END_FAILED = task_event("feature_end_failed", "Features couldn't be removed", opens="feature_end_overdue")
