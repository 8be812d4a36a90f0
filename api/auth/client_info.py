"""Who is at the door, as far as one can see: from which address, with which kind of browser."""

import re
from dataclasses import dataclass
from ipaddress import IPv6Address, ip_address

from fastapi import Request

from models.audit import AuditActor
from models.db.people.tables import PersonRow
from models.order import Channel

_LONGEST_DEVICE = 80
# In this order: Edge and Opera also call themselves Chrome, and Chrome calls itself Safari.
_BROWSERS = (
    (r"Edg(?:e|A|iOS)?/(\d+)", "Edge"),
    (r"OPR/(\d+)", "Opera"),
    (r"Firefox/(\d+)", "Firefox"),
    (r"(?:Headless)?Chrome/(\d+)", "Chrome"),
    (r"Version/(\d+).*Safari/", "Safari"),
)
_SYSTEMS = (("iPhone", "iPhone"), ("iPad", "iPad"), ("Android", "Android"), ("Windows", "Windows"),
            ("Mac OS X", "macOS"), ("Linux", "Linux"))  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class ClientInfo:
    """Somebody before they are known."""

    address: str
    device: str

    @property
    def network(self) -> str:
        """What guesses from one place have in common: the address, or of IPv6 the half that names the house."""
        try:
            address = ip_address(self.address)
        except ValueError:
            return self.address
        return address.exploded[:19] if isinstance(address, IPv6Address) else self.address

    def as_(self, person: PersonRow, channel: Channel = Channel.PORTAL) -> AuditActor:
        """The visitor, known by now, as the audit record names them."""
        return AuditActor(id=person.id, name=person.name, channel=channel, address=self.address)

    def as_stranger(self) -> AuditActor:
        """The visitor while nobody knows who they are."""
        return AuditActor(id=None, name="Somebody not signed in", channel=Channel.PORTAL, address=self.address)


def client_info(request: Request) -> ClientInfo:
    """Who sends this request; behind a proxy the web server has put the sender's own address in its place."""
    agent = request.headers.get("user-agent", "")
    return ClientInfo(address=request.client.host if request.client else "", device=device_of(agent))


def device_of(agent: str) -> str:
    """A browser as its owner knows it: `Firefox 144 on Linux`; else the beginning of what it says."""
    system = next((name for mark, name in _SYSTEMS if mark in agent), None)
    for pattern, name in _BROWSERS:
        found = re.search(pattern, agent)
        if found:
            return f"{name} {found[1]}" + (f" on {system}" if system else "")
    return agent[:_LONGEST_DEVICE] or "an unknown program"
