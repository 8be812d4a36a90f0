"""Files that people and programs upload."""

from typing import Annotated

from pydantic import StringConstraints

from api.http.schemas import OneLine
from models.csv_file import MAX_BYTES

MAX_FILE_NAME = 200
FileName = Annotated[str, StringConstraints(min_length=1, max_length=MAX_FILE_NAME), OneLine]
# A file that is larger is refused with what to do about it.
MAX_UPLOAD_BYTES = MAX_BYTES + 100_000
