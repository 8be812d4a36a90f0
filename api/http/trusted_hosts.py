"""Rejects requests for hosts that aren't ours, so that nothing in a response can lead to another site."""

from collections.abc import Collection
from urllib.parse import urlsplit

from starlette.requests import Request
from starlette.types import ASGIApp, Receive, Scope, Send

from api.http import problems

# Load balancers ask by address.
_HEALTH = frozenset({"/healthz", "/readyz"})


class TrustedHosts:
    """Accepts requests whose `Host` is one of these names, with any port."""

    def __init__(self, app: ASGIApp, hosts: Collection[str]) -> None:
        self._app = app
        self._hosts = frozenset(host.lower() for host in hosts)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["path"] in _HEALTH or _host_of(Request(scope)) in self._hosts:
            await self._app(scope, receive, send)
            return
        await problems.of_code("UNKNOWN_HOST", 421, "Dialtone isn't available at this address.", Request(scope))(
            scope, receive, send
        )


def _host_of(request: Request) -> str | None:
    try:
        return urlsplit(f"//{request.headers.get('host', '')}").hostname
    except ValueError:
        return None
