"""The schema of the first release: a file of SQL for each part of the database."""

import re
from pathlib import Path

from alembic import op

revision = "0001_schema"
down_revision = None
branch_labels = None
depends_on = None

_FOLDER = Path(__file__).parents[1] / "schema"
# The forms first, since indexes use them; the tables refer to each other, and the rest to the tables.
_FIRST, _LAST = ("search_forms",), ("references", "management", "search_columns", "events")


def upgrade() -> None:
    driver = op.get_bind().connection.dbapi_connection
    for script in _scripts():
        # As a whole: SQLAlchemy sends one statement at a time.
        driver.run_async(lambda connection, sql=script: connection.execute(sql))


def downgrade() -> None:
    scripts = "\n".join(_scripts())
    tables = re.findall(r'^CREATE TABLE ("?\w+"?)', scripts, re.MULTILINE)
    op.execute(f"DROP TABLE {', '.join(tables)}")
    for function in reversed(re.findall(r"^CREATE FUNCTION (\w+)", scripts, re.MULTILINE)):
        op.execute(f"DROP FUNCTION {function}")


def _scripts() -> list[str]:
    tables = sorted(path.stem for path in _FOLDER.glob("*.sql") if path.stem not in (*_FIRST, *_LAST))
    return [(_FOLDER / f"{name}.sql").read_text() for name in (*_FIRST, *tables, *_LAST)]
