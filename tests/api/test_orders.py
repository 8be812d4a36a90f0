from tests.api.kit import PHONE, Office


async def test_an_order_is_placed_and_read_back(office: Office) -> None:
    placed = await office.order()
    async with await office.client("Jordan") as client:
        read = await client.get(f"/api/v1/orders/{placed['number']}")
    assert read.status_code == 200
    assert read.json() == placed
    assert placed["status"] == "VALIDATING"


async def test_dry(office: Office) -> None:
    async with await office.client("Jordan") as client:
        answer = await client.post("/api/v1/orders?dry_run=true", json=PHONE)
    import json
    print(json.dumps(answer.json(), indent=1))
    placed = await office.order()
    print(json.dumps(placed, indent=1))
    async with await office.client("Jordan") as client:
        print((await client.get("/api/v1/orders")).text)
        print((await client.get("/api/v1/orders/"+placed["number"]+"/timeline")).text)
        print((await client.get("/readyz")).text)
        print((await client.get("/api/v1/openapi.json")).text[:300])
    assert 0
