"""The clock of a process that is wrong: `monkeypatch.setattr("models.db.session.datetime", HourAhead)`."""

from datetime import datetime, timedelta, tzinfo
from typing import Any

HOUR = timedelta(hours=1)


class HourAhead(datetime):
    @classmethod
    def now(cls, tz: tzinfo | None = None) -> Any:
        return datetime.now(tz) + HOUR
