"""The client of a request: its address, and its browser."""

import re
from dataclasses import dataclass
from ipaddress import IPv6Address, ip_address

from fastapi import Request

from models.audit import AuditActor
from models.db.people.tables import PersonRow
from models.order import Channel

_MAX_DEVICE_LENGTH = 80
# Edge and Opera also claim to be Chrome, and Chrome claims to be Safari, so the order matters.
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
    address: str
    device: str

    @property
    def network(self) -> str:
        """The address that attempts are counted by: one IPv4 address, or one IPv6 network (/64)."""
        try:
            address = ip_address(self.address)
        except ValueError:
            return self.address
        return address.exploded[:19] if isinstance(address, IPv6Address) else self.address

    def actor(self, person: PersonRow) -> AuditActor:
        """The actor in the audit log once the person is known."""
        return AuditActor(id=person.id, name=person.name, channel=Channel.PORTAL, address=self.address)

    def anonymous_actor(self) -> AuditActor:
        """The actor in the audit log before anyone has signed in."""
        return AuditActor(id=None, name="Not signed in", channel=Channel.PORTAL, address=self.address)


def client_info(request: Request) -> ClientInfo:
    """The client of a request. Behind a proxy, the web server puts the client's own address into the request."""
    agent = request.headers.get("user-agent", "")
    return ClientInfo(address=request.client.host if request.client else "", device=device_of(agent))


def device_of(agent: str) -> str:
    """A browser's name such as `Firefox 144 on Linux`, or the beginning of an unknown user agent."""
    system = next((name for mark, name in _SYSTEMS if mark in agent), None)
    for pattern, name in _BROWSERS:
        found = re.search(pattern, agent)
        if found:
            return f"{name} {found[1]}" + (f" on {system}" if system else "")
    return agent[:_MAX_DEVICE_LENGTH] or "Unknown device"
