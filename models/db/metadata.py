"""The metadata of the whole schema: importing this module loads the tables of every aggregate."""

from importlib import import_module
from pathlib import Path

from sqlmodel import SQLModel

for _tables in sorted(Path(__file__).parent.glob("*/tables.py")):
    import_module(f"models.db.{_tables.parent.name}.tables")

metadata = SQLModel.metadata
