"""The commands about files of a company, run as programs in a folder of their own."""

from pathlib import Path

from demo.postgres_server import DatabaseServer
from models.db.session import new_id
from tests.fixtures.demo import dialtone


async def test_a_file_is_imported_exported_and_taken_back(
    postgres: DatabaseServer, company_template: str, tmp_path: Path
) -> None:
    name = f"test_{new_id().lower()}"
    variables = {
        "DATABASE_URL": await postgres.create_database(name, template=company_template),
        "DIALTONE_ENVIRONMENT": "development",
    }

    def command(*words: str) -> tuple[int, str]:
        done = dialtone(*words, "--tenant", "acme", folder=tmp_path, variables=variables)
        return done.returncode, done.stdout + done.stderr

    (tmp_path / "new.csv").write_text("code,name,owner\nCC-1,New,E9\nCC-2,Newer,A1001\n")
    dry_run = command("import", "cost_centers", "new.csv", "--dry-run")
    imported = command("import", "cost_centers", "new.csv")
    exported = command("export", "cost_centers")
    number = imported[1].rpartition("undo-import ")[2].split()[0]
    undone, again = command("undo-import", number), command("undo-import", number)
    unknown = command("import", "coast_centers", "new.csv")
    await postgres.drop_database(name)
    says = "Row 2  unknown_person  CC-1  owner: There is no person E9.\nRow 3  new  CC-2\n1 new, 1 unknown person\n"
    assert dry_run == (1, says)
    done = f"Import {number} is done. To take it back: dialtone undo-import {number} --tenant acme\n"
    assert imported == (1, says + done)
    assert "CC-2,Newer,A1001,yes" in exported[1]
    assert undone == (0, f"Import {number} is undone.\n")
    assert again == (1, f"Import {number} isn't applied.\n")
    assert (unknown[0], "There is no kind of file coast_centers." in unknown[1]) == (1, True)
