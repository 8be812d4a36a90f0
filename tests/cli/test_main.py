"""The `dialtone` command and those about the demo, run as programs in a folder of their own."""

import asyncio
import re
from importlib.metadata import version
from pathlib import Path

import httpx2
import pytest
from temporalio.client import Client

from api.orders.schemas import EXAMPLE_ORDER
from demo.company import SAMPLE_PEOPLE
from demo.data_dir import DataDir
from demo.sockets import bind
from models.db.session import new_id
from tests.fixtures.demo import dialtone, free_ports


def test_help_lists_every_command(tmp_path: Path) -> None:
    output = dialtone("--help", folder=tmp_path).stdout
    commands = ("api", "worker", "migrate", "bootstrap", "replay", "repair", "demo")
    assert [name for name in commands if not re.search(rf"^\W*{name} +\w", output, re.MULTILINE)] == []


@pytest.mark.parametrize("words", [(), ("bootstrap",), ("demo",), ("demo", "up")])
def test_every_command_has_a_short_option_for_help(tmp_path: Path, words: tuple[str, ...]) -> None:
    short, long = (dialtone(*words, option, folder=tmp_path) for option in ("-h", "--help"))
    assert (short.returncode, short.stdout) == (0, long.stdout)


def test_the_version_is_shown(tmp_path: Path) -> None:
    assert dialtone("--version", folder=tmp_path).stdout == f"dialtone {version('dialtone')}\n"


def test_the_shell_completes_commands(tmp_path: Path) -> None:
    shell = {"_DIALTONE_COMPLETE": "complete_bash", "COMP_WORDS": "dialtone demo t", "COMP_CWORD": "2"}
    assert dialtone(folder=tmp_path, variables=shell).stdout.split() == ["token"]


def test_a_port_in_use_is_reported_with_its_option(tmp_path: Path) -> None:
    with bind(0, "this test") as taken:
        port = taken.getsockname()[1]
        result = dialtone("demo", "up", "--inbox-port", str(port), *free_ports("inbox-port"), folder=tmp_path)
    assert result.returncode == 1
    assert f"Port {port} for the email inbox is already in use" in result.stderr
    assert "--inbox-port" in result.stderr


def test_a_reset_does_not_delete_an_external_database(tmp_path: Path) -> None:
    result = dialtone(
        "demo", "up", "--reset", folder=tmp_path, variables={"DATABASE_URL": "postgresql://127.0.0.1:1/precious"}
    )
    assert result.returncode == 1
    assert "DATABASE_URL" in result.stderr


@pytest.mark.parametrize("arguments", [("token", "employee"), ("sign-in", "employee"), ("run", "migrate")])
def test_without_a_running_demo_the_error_says_how_to_start_one(tmp_path: Path, arguments: tuple[str, ...]) -> None:
    result = dialtone("demo", *arguments, folder=tmp_path)
    assert result.returncode == 1
    assert "make run" in result.stderr


@pytest.mark.parametrize(
    ("variables", "message"),
    [
        ({}, "DATABASE_URL is not set.\n"),
        ({"DIALTONE_CARRIERS": "[{"}, "DIALTONE_CARRIERS is not valid JSON.\n"),
        (
            {"DATABASE_URL": "postgresql://x", "DIALTONE_ENVIRONMENT": "development", "DIALTONE_SMTP_PORT": "mail"},
            "DIALTONE_SMTP_PORT: Input should be a valid integer, unable to parse string as an integer.\n",
        ),
    ],
)
def test_wrong_settings_are_reported_one_a_line(tmp_path: Path, variables: dict[str, str], message: str) -> None:
    assert dialtone("migrate", folder=tmp_path, variables=variables).stderr == message


@pytest.mark.parametrize("command", ["worker", "migrate"])
def test_invalid_settings_are_reported_without_secrets(tmp_path: Path, command: str) -> None:
    result = dialtone(
        command, folder=tmp_path, variables={"DATABASE_URL": "postgresql://dialtone:s3cret@127.0.0.1:1/x"}
    )
    assert result.returncode == 1
    assert "DIALTONE_PAYLOAD_KEYS" in result.stderr
    assert not re.search("s3cret|Traceback", result.stderr)


def test_the_terminal_lists_the_addresses_and_the_sample_users(demo: Path) -> None:
    output = (demo / "terminal").read_text()
    assert DataDir(demo).running().api_url in output
    assert [person.name for person in SAMPLE_PEOPLE.values() if person.name not in output] == []


async def test_a_token_gives_access_to_the_api(demo: Path) -> None:
    result = await asyncio.to_thread(dialtone, "demo", "token", "employee", folder=demo)
    headers = {"Authorization": f"Bearer {result.stdout.strip()}"}
    async with httpx2.AsyncClient(base_url=DataDir(demo).running().api_url, headers=headers) as client:
        assert (await client.get("/api/v1/order-types")).status_code == 200


async def test_a_sign_in_link_works(demo: Path) -> None:
    result = await asyncio.to_thread(dialtone, "demo", "sign-in", "manager", folder=demo)
    async with httpx2.AsyncClient() as client:
        assert (await client.get(result.stdout.strip())).status_code == 200


async def test_an_unknown_role_is_reported_with_the_known_ones(demo: Path) -> None:
    result = await asyncio.to_thread(dialtone, "demo", "token", "king", folder=demo)
    assert "employee" in result.stderr


async def test_a_second_demo_in_the_same_folder_fails(demo: Path) -> None:
    result = await asyncio.to_thread(dialtone, "demo", "up", *free_ports(), folder=demo)
    assert "is already running here" in result.stderr


async def test_commands_run_with_the_settings_of_the_demo(demo: Path) -> None:
    for command in ("migrate", "bootstrap"):
        result = await asyncio.to_thread(dialtone, "demo", "run", command, folder=demo)
        assert (result.returncode, result.stderr) == (0, ""), command


async def _history_of_an_order(demo: Path) -> str:
    """Place an order in the running demo and return its history as JSON once it needs approval."""
    running = DataDir(demo).running()
    token = await asyncio.to_thread(dialtone, "demo", "token", "employee", folder=demo)
    headers = {"Authorization": f"Bearer {token.stdout.strip()}", "Idempotency-Key": new_id()}
    async with httpx2.AsyncClient(base_url=running.api_url, headers=headers) as client:
        order = (await client.post("/api/v1/orders", json=EXAMPLE_ORDER)).json()
        async with asyncio.timeout(30):
            while order["status"] != "AWAITING_APPROVAL":
                await asyncio.sleep(0.2)
                order = (await client.get(f"/api/v1/orders/{order['id']}")).json()
    temporal = await Client.connect(running.environment["TEMPORAL_ADDRESS"])
    handle = temporal.get_workflow_handle(f"order:{SAMPLE_PEOPLE['employee'].tenant}:{order['id']}")
    return (await handle.fetch_history()).to_json()


async def test_replay_reports_incompatible_histories(demo: Path) -> None:
    history = await _history_of_an_order(demo)
    (demo / "recorded.json").write_text(history)
    (demo / "changed.json").write_text(history.replace('"name": "rule"', '"name": "guess"'))
    from_server = await asyncio.to_thread(dialtone, "demo", "run", "replay", folder=demo)
    assert from_server.returncode == 0
    assert re.fullmatch(r"[1-9]\d* replayed, 0 failed\n", from_server.stdout)
    from_files = await asyncio.to_thread(
        dialtone, "demo", "run", "replay", "recorded.json", "changed.json", folder=demo
    )
    assert from_files.returncode == 1
    assert from_files.stdout.endswith("2 replayed, 1 failed\n")
    assert "changed.json: " in from_files.stdout
