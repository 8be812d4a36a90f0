"""Who reads the address of an order: those it is about, those who decide, and those with the right to identifiers."""

import pytest

from tests.api.api_client import ApiTenant

STREET = "9 Private Ct"
ADDRESS = {
    "name": "Jordan Blake",
    "line1": STREET,
    "city": "Chicago",
    "state": "IL",
    "postal_code": "60606",
    "country": "US",
}
READERS = {
    "Jordan": True,  # the beneficiary
    "Helen": True,  # the approver
    "Grace": True,  # the account owner
    "Theo": True,  # the telecom desk
    "Priya": True,  # an admin
    "Omar": False,  # a watcher
    "Dana": False,  # a manager
    "Iris": False,  # an auditor
    "Wendy": False,  # support
}


@pytest.mark.parametrize("path", ["/api/v1/orders/{number}", "/orders/{number}"])
async def test_only_those_who_need_the_address_read_it(office: ApiTenant, path: str) -> None:
    omar = await office.row("Omar")
    answers = {"device": "IPHONE-17-256", "recurring_charges": True, "use_policy": True, "ship_to": ADDRESS}
    order = await office.order("Jordan", watchers=[omar.id], answers=answers)
    (approval,) = await office.request_approval(order, "Helen")
    shown = {}
    for name in READERS:
        async with await office.client(name) as client:
            response = await client.get(path.format(number=order["number"]), headers={"Accept": "text/html"})
            assert response.status_code == 200
            shown[name] = STREET in response.text
    assert shown == READERS
    async with await office.client("Helen") as client:
        page = await client.get(f"/approvals/{approval}", headers={"Accept": "text/html"})
    assert STREET in page.text
