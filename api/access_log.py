"""Keeps the signatures of approval links out of the web server's access log."""

import logging

from notifications.links import mask


class Masked(logging.Filter):
    """Masks what looks like a signed link in a record's text and arguments; no record is dropped."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Mask in place and let the record through."""
        record.msg = mask(str(record.msg))
        if isinstance(record.args, tuple):
            record.args = tuple(mask(one) if isinstance(one, str) else one for one in record.args)
        return True


def mask_signatures() -> None:
    """Put the filter on the loggers of uvicorn that name addresses."""
    for name in ("uvicorn.access", "uvicorn.error"):
        logging.getLogger(name).addFilter(Masked())
