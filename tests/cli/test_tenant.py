"""`dialtone tenant`, run as a program on a database without tenants."""

import asyncio
import re
import shlex
import sys
from pathlib import Path

import pytest
from sqlmodel import select
from temporalio.testing import WorkflowEnvironment

from models.db.accounts.tables import AccountRow
from models.db.attestations.tables import ConsentTextRow
from models.db.audit.tables import AuditRow
from models.db.catalog import policy_versions
from models.db.notifications.tables import AccountEmailRow
from models.db.people.tables import PersonRow, TenantRow
from models.db.session import Database
from models.facts import Policy
from tests.cli.environment import url_of, variables
from tests.docs.pages import DOCS
from tests.fixtures.demo import PLAIN, dialtone

ACME = ("Acme Logistics", "--admin", "Ann.Lee@acme.example.com")


class Terminal:
    def __init__(self, folder: Path, database: Database) -> None:
        self._folder = folder
        self._variables = {"DIALTONE_ENVIRONMENT": "development", "DATABASE_URL": url_of(database)}

    async def tenant(self, *words: str) -> tuple[int, str]:
        """Exit code and output of `dialtone tenant`."""
        result = await asyncio.to_thread(dialtone, "tenant", *words, folder=self._folder, variables=self._variables)
        assert "Traceback" not in result.stderr
        return result.returncode, result.stdout + result.stderr


@pytest.fixture
def terminal(tmp_path: Path, database: Database) -> Terminal:
    return Terminal(tmp_path, database)


async def _rows(database: Database) -> list[object]:
    tables = (TenantRow, AccountRow, PersonRow, ConsentTextRow, AuditRow, AccountEmailRow)
    async with database.read() as session:
        return [row.model_dump() for table in tables for row in await session.all(select(table))]


@pytest.mark.fault("38")
async def test_a_tenant_begins_with_all_that_it_needs(terminal: Terminal, database: Database) -> None:
    code, output = await terminal.tenant("create", *ACME, "--time-zone", "America/Denver", "--account", "FA-100")
    assert (code, output) == (
        0,
        "Added the tenant acme-logistics. The invitation goes to ann.lee@acme.example.com as soon as a worker runs.\n",
    )
    async with database.read() as session:
        admin = (await session.exec(select(PersonRow))).one()
        account = (await session.exec(select(AccountRow))).one()
        invitation = (await session.exec(select(AccountEmailRow))).one()
        text = (await session.exec(select(ConsentTextRow))).one()
        policy = await policy_versions.newest(session, "acme-logistics")
        audited = await session.all(select(AuditRow.action, AuditRow.actor_name))
    assert (admin.name, admin.email, admin.roles, admin.account_id) == (
        "Ann Lee",
        "ann.lee@acme.example.com",
        ["admin"],
        account.id,
    )
    assert (account.number, account.name, account.kind) == ("FA-100", "Acme Logistics", "company")
    assert (invitation.event, invitation.recipient_id, invitation.reset_id is None) == ("invitation", admin.id, False)
    assert (text.question, text.version, text.title) == ("use_policy", 1, "Acceptable use policy")
    assert policy == Policy(version=1, time_zone="America/Denver")
    assert {*audited} == {(action, "The operator of Dialtone") for action in ("tenant_created", "person_created")}


async def test_a_second_time_nothing_is_changed(terminal: Terminal, database: Database) -> None:
    await terminal.tenant("create", *ACME)
    before = await _rows(database)
    code, output = await terminal.tenant("create", *ACME)
    assert (code, output) == (1, "--id: The tenant acme-logistics already exists. Nothing was changed.\n")
    assert await _rows(database) == before


async def test_tenants_are_listed(terminal: Terminal) -> None:
    await terminal.tenant("create", *ACME)
    await terminal.tenant("create", "Globex", "--admin", "hank@globex.example.com", "--id", "globex-us")
    code, output = await terminal.tenant("list")
    assert code == 0
    assert [line.split(maxsplit=1) for line in output.splitlines()] == [
        ["acme-logistics", "Acme Logistics"],
        ["globex-us", "Globex"],
    ]


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("Acme", "--admin", "ann"), "--admin: not an email address\n"),
        ((*ACME, "--time-zone", "Mars/Base"), "--time-zone: There's no such time zone. Use a name such as"),
        ((*ACME, "--id", "Acme Logistics"), "--id: "),
        (("日本", "--admin", "ann@x.example.com"), "--id: Enter a short name such as acme: lower-case letters"),
        ((*ACME, "--admin-name", "Ann\nLee"), "--admin-name: "),
        ((" ", "--admin", "ann@x.example.com"), "NAME: "),
    ],
)
async def test_what_cannot_be_used_is_named_and_changes_nothing(
    terminal: Terminal, database: Database, words: tuple[str, ...], message: str
) -> None:
    code, output = await terminal.tenant("create", *words)
    assert code == 1
    assert message in output
    assert await _rows(database) == []


async def test_an_email_address_belongs_to_one_person_of_all_tenants(terminal: Terminal, database: Database) -> None:
    await terminal.tenant("create", *ACME)
    before = await _rows(database)
    code, output = await terminal.tenant("create", "Globex", *ACME[1:])
    assert (code, output) == (
        1,
        "--admin: This email address already belongs to a person who signs in. Nothing was changed.\n",
    )
    assert await _rows(database) == before


async def test_without_a_schema_the_error_says_what_to_run(tmp_path: Path) -> None:
    environment = {"DIALTONE_ENVIRONMENT": "development", "DATABASE_URL": "postgresql://dialtone@127.0.0.1:1/x"}
    result = await asyncio.to_thread(dialtone, "tenant", "list", folder=tmp_path, variables=environment)
    assert result.returncode == 1
    assert "127.0.0.1:1 doesn't answer" in result.stderr


async def test_the_documented_first_start_works(
    tmp_path: Path, database: Database, temporal: WorkflowEnvironment
) -> None:
    (section,) = re.findall(r"(?ms)^### First start$(.*?)^### ", (DOCS / "operations.md").read_text())
    (commands,) = re.findall(r"(?s)```sh\n(.*?)```", section)
    program = shlex.join((sys.executable, "-m", "cli"))
    script = re.sub(r"(?m)^dialtone", program, commands.replace("dialtone doctor", "dialtone doctor || true"))
    shell = await asyncio.create_subprocess_exec(
        *("bash", "-euc", script),
        cwd=tmp_path,
        env={**PLAIN, **variables(database, temporal)},
        stdout=asyncio.subprocess.PIPE,
    )
    output, _ = await shell.communicate()
    assert shell.returncode == 0
    assert "Retention           ok" in output.decode()
    assert "acme-logistics" in output.decode()
