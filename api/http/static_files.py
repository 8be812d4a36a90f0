"""Static files whose URL carries a content hash, so that browsers may cache them forever."""

import hashlib
import os
from functools import cache
from pathlib import Path
from urllib.parse import parse_qs

from starlette.responses import Response
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

FOLDER = Path(__file__).parent.parent / "static"
IMMUTABLE = "public, max-age=31536000, immutable"
# During a deployment a page may ask for another version's hash; the browser then revalidates each time.
REVALIDATE = "public, no-cache"


def version(name: str) -> str:
    """The `?v=` value of a file's URL."""
    return _content_hash(name, (FOLDER / name).stat().st_mtime_ns)


@cache
def _content_hash(name: str, _changed_at: int) -> str:
    return hashlib.sha256((FOLDER / name).read_bytes()).hexdigest()[:12]


class VersionedFiles(StaticFiles):
    """Serves the static folder; a request with the current version may be cached forever."""

    def __init__(self) -> None:
        super().__init__(directory=FOLDER)

    def file_response(
        self, full_path: str | os.PathLike[str], stat_result: os.stat_result, scope: Scope, status_code: int = 200
    ) -> Response:
        response = super().file_response(full_path, stat_result, scope, status_code)
        is_current = parse_qs(scope["query_string"].decode("latin-1")).get("v") == [version(Path(full_path).name)]
        response.headers["Cache-Control"] = IMMUTABLE if is_current else REVALIDATE
        return response
