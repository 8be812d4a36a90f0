import httpx2
import pytest

from demo.sockets import free_port
from runtime.metrics_server import serve_metrics


async def test_metrics_are_served_while_the_block_runs() -> None:
    port = free_port()
    async with httpx2.AsyncClient(base_url=f"http://127.0.0.1:{port}", trust_env=False) as scraper:
        async with serve_metrics("127.0.0.1", port):
            metrics = (await scraper.get("/metrics")).text
        with pytest.raises(httpx2.ConnectError):
            await scraper.get("/metrics")
    assert "\ndialtone_worker_ready " in metrics
    assert "_created" not in metrics


async def test_without_a_port_nothing_is_served() -> None:
    async with serve_metrics("127.0.0.1", None):
        pass
