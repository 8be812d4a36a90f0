"""Files that never change under one address: each is asked for with a version drawn from what is in it."""

import hashlib
import os
from functools import cache
from pathlib import Path
from urllib.parse import parse_qs

from starlette.responses import Response
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

FOLDER = Path(__file__).parent.parent / "static"
FOR_EVER = "public, max-age=31536000, immutable"
# Under any other version, as while releases are exchanged, a browser asks every time, and is answered 304.
ASK = "public, no-cache"


def version(name: str) -> str:
    """What the address of a file ends with, as `?v=`."""
    return _drawn(name, (FOLDER / name).stat().st_mtime_ns)


@cache
def _drawn(name: str, _changed_at: int) -> str:
    return hashlib.sha256((FOLDER / name).read_bytes()).hexdigest()[:12]


class Statics(StaticFiles):
    """Serves the folder, and lets browsers keep what they asked for under its own version."""

    def __init__(self) -> None:
        super().__init__(directory=FOLDER)

    def file_response(
        self, full_path: str | os.PathLike[str], stat_result: os.stat_result, scope: Scope, status_code: int = 200
    ) -> Response:
        """The file with how long it may be kept."""
        answer = super().file_response(full_path, stat_result, scope, status_code)
        asked = parse_qs(scope["query_string"].decode("latin-1")).get("v")
        answer.headers["Cache-Control"] = FOR_EVER if asked == [version(Path(full_path).name)] else ASK
        return answer
