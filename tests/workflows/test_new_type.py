"""A new order type with new words needs no edit anywhere else."""

import os
import subprocess
import sys
from pathlib import Path

from demo.postgres_server import DatabaseServer
from tests.workflows.new_type.number_lock import LETTER_CODE, SECRETS

FOLDER = Path("tests", "workflows", "new_type")
PYTEST = (sys.executable, "-m", "pytest", "-q", "-s", "-p", "no:cacheprovider", "-p", "no:xdist")


def test_an_order_of_a_new_type_with_new_words_is_placed_and_completed(postgres: DatabaseServer) -> None:
    """In a process of its own, because packages are extended before they are imported."""
    run = subprocess.run(
        [*PYTEST, "-p", "tests.workflows.new_type.throw_away_words", FOLDER / "number_lock.py"],
        env=os.environ | {"TEST_DATABASE_URL": postgres.url},
        capture_output=True,
        text=True,
        check=False,
        timeout=100,
    )
    output = run.stdout + run.stderr
    assert run.returncode == 0, output
    assert '"event": "email_sent"' in output
    assert [secret for secret in (*SECRETS, LETTER_CODE) if secret in output] == []
