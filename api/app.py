"""The FastAPI application: `create_app` for given services, `app` for the settings of the environment."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Self
from urllib.parse import urlsplit

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi
from fastapi.routing import APIRoute

import api.access_tokens.routes
import api.accounts.pages
import api.accounts.routes
import api.announcements.pages
import api.announcements.routes
import api.approval_links.pages
import api.approvals.pages
import api.approvals.routes
import api.attention.pages
import api.attention.routes
import api.attestations.pages
import api.attestations.routes
import api.audit.routes
import api.carrier_accounts.pages
import api.carrier_accounts.routes
import api.carrier_rules.pages
import api.carrier_rules.routes
import api.carrier_webhooks.routes
import api.catalog.routes
import api.codec.routes
import api.company.pages
import api.company.routes
import api.consent_texts.pages
import api.consent_texts.routes
import api.email_switches.pages
import api.email_switches.routes
import api.health.routes
import api.history.pages
import api.history.routes
import api.home.pages
import api.imports.pages
import api.imports.routes
import api.inventory.exports
import api.inventory.pages
import api.inventory.routes
import api.kits.pages
import api.kits.routes
import api.leaves.pages
import api.leaves.routes
import api.next_orders.pages
import api.next_orders.routes
import api.order_form.pages
import api.order_types.routes
import api.orders.exports
import api.orders.list_pages
import api.orders.pages
import api.orders.routes
import api.password_reset.pages
import api.people.change_pages
import api.people.exports
import api.people.pages
import api.people.routes
import api.profile.pages
import api.reconciliations.exports
import api.reconciliations.pages
import api.reconciliations.routes
import api.returns.pages
import api.returns.routes
import api.search.pages
import api.search.routes
import api.sign_in.development_pages
import api.sign_in.pages
import api.sites.pages
import api.sites.routes
import api.tasks.pages
import api.tasks.routes
from api.bootstrap import open_services
from api.deps import Services
from api.http import error_handlers
from api.http.cross_origin import CodecCors, SameOrigin
from api.http.left_clients import LeftClients
from api.http.problems import ProblemDetails
from api.http.request_middleware import RequestMiddleware
from api.http.static_files import VersionedFiles
from api.http.trusted_hosts import TrustedHosts
from models import questions
from models.settings import Settings
from notifications.links import mask
from runtime import logs, tracing

if TYPE_CHECKING:
    from opentelemetry.sdk.trace import TracerProvider

MAX_BODY_BYTES = 64 * 1024
# How a machine calls itself, for development.
LOCAL_HOSTS = ("localhost", "127.0.0.1", "::1")
# The modules whose routes are under /api/v1.
API_MODULES = (
    api.orders.routes,
    api.kits.routes,
    api.next_orders.routes,
    api.reconciliations.routes,
    api.returns.routes,
    api.history.routes,
    api.attention.routes,
    api.approvals.routes,
    api.sites.routes,
    api.tasks.routes,
    api.attestations.routes,
    api.company.routes,
    api.consent_texts.routes,
    api.email_switches.routes,
    api.order_types.routes,
    api.inventory.routes,
    api.accounts.routes,
    api.catalog.routes,
    api.carrier_accounts.routes,
    api.carrier_rules.routes,
    api.imports.routes,
    api.search.routes,
    api.announcements.routes,
    api.people.routes,
    api.leaves.routes,
    api.access_tokens.routes,
    api.audit.routes,
)
# The modules with all other routes. Sign-in links match any word, so fixed sign-in paths come before them.
ROOT_MODULES = (
    api.orders.exports,
    api.orders.list_pages,
    api.orders.pages,
    api.kits.pages,
    api.next_orders.pages,
    api.reconciliations.pages,
    api.returns.pages,
    api.carrier_webhooks.routes,
    api.codec.routes,
    api.health.routes,
    api.sign_in.pages,
    api.password_reset.pages,
    api.sign_in.development_pages,
    api.home.pages,
    api.approval_links.pages,
    api.history.pages,
    api.attention.pages,
    api.email_switches.pages,
    api.search.pages,
    api.accounts.pages,
    api.inventory.exports,
    api.inventory.pages,
    api.approvals.pages,
    api.sites.pages,
    api.tasks.pages,
    api.attestations.pages,
    api.company.pages,
    api.consent_texts.pages,
    api.announcements.pages,
    api.carrier_accounts.pages,
    api.carrier_rules.pages,
    api.imports.pages,
    api.order_form.pages,
    api.profile.pages,
    api.people.pages,
    api.people.exports,
    api.reconciliations.exports,
    api.people.change_pages,
    api.leaves.pages,
)

Lifespan = Callable[[FastAPI], AbstractAsyncContextManager[None]]


def create_app(services: Services, *other_hosts: str) -> FastAPI:
    """The application with these services. The caller closes them."""
    application = build_app(SiteAddress.of(services.public_url, services.temporal_ui_url, *other_hosts))
    application.state.services = services
    return application


def app() -> FastAPI:
    """The application with the settings of the environment, for `uvicorn --factory api.app:app`."""
    settings = Settings()
    logs.configure(as_json=not settings.development, mask=mask, secrets=questions.private_codes())
    tracer = tracing.tracer_provider("dialtone-api")

    @asynccontextmanager
    async def lifespan(application: FastAPI) -> AsyncIterator[None]:
        async with open_services(settings, tracer) as services:
            application.state.services = services
            yield

    hosts = (*settings.trusted_hosts, *(LOCAL_HOSTS if settings.development else ()))
    site = SiteAddress.of(settings.public_url, settings.temporal_ui_url, *hosts)
    return build_app(site, lifespan=lifespan, tracer=tracer)


@dataclass(frozen=True, kw_only=True)
class SiteAddress:
    """Where the application is reached: `hosts` are all its names; `https` whether browsers use nothing else.

    `temporal_ui` is the origin of the Temporal UI.
    """

    hosts: frozenset[str]
    https: bool
    temporal_ui: str

    @classmethod
    def of(cls, public_url: str, temporal_ui_url: str, *other_hosts: str) -> Self:
        url = urlsplit(public_url)
        hosts = frozenset(filter(None, (url.hostname, *other_hosts)))
        ui = urlsplit(temporal_ui_url)
        return cls(hosts=hosts, https=url.scheme == "https", temporal_ui=f"{ui.scheme}://{ui.netloc}")


def build_app(
    site: SiteAddress, *, lifespan: Lifespan | None = None, tracer: "TracerProvider | None" = None
) -> FastAPI:
    application = FastAPI(
        title="Dialtone",
        version="1",
        summary="Durable wireless-order lifecycle service",
        openapi_url="/api/v1/openapi.json",
        docs_url=None,
        redoc_url=None,
        lifespan=lifespan,
        # Such a redirect would go to the host that the request names, with the signature of a link.
        redirect_slashes=False,
        generate_unique_id_function=_operation_id,
        telemetry={
            "tracer_provider": tracer,
            "tracing": tracer is not None,
            "metrics": False,
            "logs": False,
            "operation_spans": False,
            "auto_configure": False,
        },
    )
    application.state.stopping = asyncio.Event()
    for module in API_MODULES:
        application.include_router(module.router, prefix="/api/v1", max_body_size=MAX_BODY_BYTES)
    for module in ROOT_MODULES:
        application.include_router(module.router, max_body_size=MAX_BODY_BYTES)
    application.mount("/static", VersionedFiles(), name="static")
    error_handlers.install(application)
    application.add_middleware(SameOrigin, temporal_ui=site.temporal_ui)
    application.add_middleware(CodecCors, temporal_ui=site.temporal_ui)
    application.add_middleware(TrustedHosts, hosts=site.hosts)
    application.add_middleware(RequestMiddleware, https=site.https)
    application.add_middleware(LeftClients)
    # FastAPI documents this as the way to extend the schema.
    application.openapi = lambda: _openapi(application)  # type: ignore[method-assign] # as FastAPI documents
    return application


def _operation_id(route: APIRoute) -> str:
    """`submitOrder` for `submit_order`, as generated clients name their methods."""
    first, *others = route.name.split("_")
    return first + "".join(word.title() for word in others)


def _openapi(application: FastAPI) -> dict[str, Any]:
    """The OpenAPI document, with the schema of problem documents."""
    if application.openapi_schema is None:
        document = get_openapi(
            title=application.title,
            version=application.version,
            summary=application.summary,
            routes=application.routes,
        )
        problem = ProblemDetails.model_json_schema(ref_template="#/components/schemas/{model}")
        document["components"]["schemas"] |= problem.pop("$defs", {}) | {"Problem": problem}
        application.openapi_schema = document
    return application.openapi_schema
