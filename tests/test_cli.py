"""The `dialtone` command as people use it: as a program, in a folder of its own."""

import asyncio
import re
from pathlib import Path

import httpx2
import pytest
from temporalio.api.operatorservice.v1 import ListSearchAttributesRequest
from temporalio.client import Client
from temporalio.testing import WorkflowEnvironment

from api.orders.request_schemas import EXAMPLE_ORDER
from demo.company import SAMPLE_PEOPLE
from demo.data_dir import DataDir
from demo.postgres_server import Server
from demo.sockets import bind
from models.db.session import new_id
from tests.fixtures.demo import dialtone, free_ports
from workflows.search_attributes import SEARCH_ATTRIBUTES


def test_every_command_explains_itself(tmp_path: Path) -> None:
    shown = dialtone("--help", folder=tmp_path).stdout
    commands = ("up", "api", "worker", "migrate", "bootstrap", "replay", "demo-token", "sign-in")
    assert [name for name in commands if not re.search(rf"^\W*{name} +\w", shown, re.MULTILINE)] == []


def test_a_taken_port_is_named_with_the_option_that_chooses_another(tmp_path: Path) -> None:
    with bind(0, "this test") as taken:
        port = taken.getsockname()[1]
        refused = dialtone("up", "--inbox-port", str(port), *free_ports("inbox-port"), folder=tmp_path)
    assert refused.returncode == 1
    assert f"Port {port} for the mail inbox is taken" in refused.stderr
    assert "--inbox-port" in refused.stderr


def test_a_wipe_leaves_a_database_of_somebody_elses_alone(tmp_path: Path) -> None:
    refused = dialtone("up", "--reset", folder=tmp_path, told={"DATABASE_URL": "postgresql://127.0.0.1:1/precious"})
    assert refused.returncode == 1
    assert "DATABASE_URL" in refused.stderr


@pytest.mark.parametrize("words", [("demo-token", "employee"), ("sign-in", "employee"), ("migrate",)])
def test_without_a_running_demo_it_is_said_how_to_start_one(tmp_path: Path, words: tuple[str, ...]) -> None:
    refused = dialtone(*words, folder=tmp_path)
    assert refused.returncode == 1
    assert "make run" in refused.stderr


@pytest.mark.parametrize("command", ["worker", "migrate"])
def test_wrong_settings_are_named_and_secrets_are_not(tmp_path: Path, command: str) -> None:
    refused = dialtone(command, folder=tmp_path, told={"DATABASE_URL": "postgresql://dialtone:s3cret@127.0.0.1:1/x"})
    assert refused.returncode == 1
    assert "DIALTONE_PAYLOAD_KEYS" in refused.stderr
    assert not re.search("s3cret|Traceback", refused.stderr)


async def test_bootstrap_prepares_the_database_and_temporal_any_number_of_times(
    tmp_path: Path, postgres: Server, temporal: WorkflowEnvironment
) -> None:
    name = f"test_{new_id().lower()}"
    told = {
        "DIALTONE_ENVIRONMENT": "development",
        "DATABASE_URL": await postgres.create_database(name),
        "TEMPORAL_ADDRESS": temporal.client.service_client.config.target_host,
    }
    for _ in range(2):
        done = await asyncio.to_thread(dialtone, "bootstrap", folder=tmp_path, told=told)
        assert (done.returncode, done.stderr) == (0, "")
    listed = await temporal.client.operator_service.list_search_attributes(
        ListSearchAttributesRequest(namespace=temporal.client.namespace)
    )
    assert set(listed.custom_attributes) >= set(SEARCH_ATTRIBUTES)
    await postgres.drop_database(name)


def test_the_terminal_says_where_everything_is_and_who_there_is(demo: Path) -> None:
    shown = (demo / "terminal").read_text()
    assert DataDir(demo).running().api_url in shown
    assert [person.name for person in SAMPLE_PEOPLE.values() if person.name not in shown] == []


async def test_a_token_opens_the_api(demo: Path) -> None:
    shown = await asyncio.to_thread(dialtone, "demo-token", "employee", folder=demo)
    headers = {"Authorization": f"Bearer {shown.stdout.strip()}"}
    async with httpx2.AsyncClient(base_url=DataDir(demo).running().api_url, headers=headers) as client:
        assert (await client.get("/api/v1/order-types")).status_code == 200


async def test_a_sign_in_link_leads_to_the_api(demo: Path) -> None:
    shown = await asyncio.to_thread(dialtone, "sign-in", "manager", folder=demo)
    async with httpx2.AsyncClient() as client:
        assert (await client.get(shown.stdout.strip())).status_code == 200


async def test_a_role_that_nobody_has_is_answered_with_those_there_are(demo: Path) -> None:
    refused = await asyncio.to_thread(dialtone, "demo-token", "king", folder=demo)
    assert "employee" in refused.stderr


async def test_a_second_demo_in_the_same_folder_is_refused(demo: Path) -> None:
    refused = await asyncio.to_thread(dialtone, "up", *free_ports(), folder=demo)
    assert "runs here already" in refused.stderr


async def test_commands_find_the_running_demo_by_themselves(demo: Path) -> None:
    for command in ("migrate", "bootstrap"):
        done = await asyncio.to_thread(dialtone, command, folder=demo)
        assert (done.returncode, done.stderr) == (0, ""), command


async def _history_of_an_order(demo: Path) -> str:
    """Place an order in the running demo and return its history, as JSON, once it waits for somebody."""
    running = DataDir(demo).running()
    token = await asyncio.to_thread(dialtone, "demo-token", "employee", folder=demo)
    headers = {"Authorization": f"Bearer {token.stdout.strip()}", "Idempotency-Key": new_id()}
    async with httpx2.AsyncClient(base_url=running.api_url, headers=headers) as client:
        placed = (await client.post("/api/v1/orders", json=EXAMPLE_ORDER)).json()
        async with asyncio.timeout(30):
            while placed["status"] != "AWAITING_APPROVAL":
                await asyncio.sleep(0.2)
                placed = (await client.get(f"/api/v1/orders/{placed['id']}")).json()
    temporal = await Client.connect(running.environment["TEMPORAL_ADDRESS"])
    handle = temporal.get_workflow_handle(f"order:{SAMPLE_PEOPLE['employee'].tenant}:{placed['id']}")
    return (await handle.fetch_history()).to_json()


async def test_replay_tells_whether_todays_workflows_can_carry_on(demo: Path) -> None:
    history = await _history_of_an_order(demo)
    (demo / "as-it-was.json").write_text(history)
    (demo / "other-step.json").write_text(history.replace('"name": "rule"', '"name": "guess"'))
    at_the_server = await asyncio.to_thread(dialtone, "replay", folder=demo)
    assert at_the_server.returncode == 0
    assert re.fullmatch(r"[1-9]\d* replayed, 0 failed\n", at_the_server.stdout)
    from_files = await asyncio.to_thread(dialtone, "replay", "as-it-was.json", "other-step.json", folder=demo)
    assert from_files.returncode == 1
    assert from_files.stdout.endswith("2 replayed, 1 failed\n")
    assert "other-step.json: " in from_files.stdout
