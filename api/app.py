"""The web side, put together: `create_app` for whoever has the services, `app` for uvicorn."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import TYPE_CHECKING, Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi
from fastapi.routing import APIRoute
from fastapi.telemetry import TelemetryConfig

from api import errors
from api.composition import open_services
from api.deps import Services
from api.doors import CodecCors, SameOrigin
from api.edge import Edge
from api.pages import accounts as account_pages
from api.pages import admin, development, profile, reset, sign_in
from api.pages import approvals as approval_pages
from api.pages import attention as attention_page
from api.pages import home as home_pages
from api.pages import inbox as inbox_pages
from api.pages import inventory as inventory_pages
from api.pages import notices as notice_pages
from api.pages import ordering as ordering_pages
from api.pages import orders as order_pages
from api.pages import people as people_pages
from api.pages import search as search_page
from api.problems import Problem
from api.routes import (
    accounts,
    approvals,
    attention,
    audit,
    carriers,
    catalogue,
    codec,
    commands,
    events,
    health,
    history,
    inventory,
    notices,
    order_types,
    orders,
    people,
    search,
    suspensions,
    tokens,
)
from api.statics import Statics
from models.settings import Settings
from notifications.links import mask
from runtime import logs, tracing

if TYPE_CHECKING:
    from opentelemetry.sdk.trace import TracerProvider

LARGEST_BODY = 64 * 1024
V1 = (
    orders,
    commands,
    events,
    history,
    attention,
    approvals,
    order_types,
    inventory,
    suspensions,
    accounts,
    catalogue,
    search,
    notices,
    people,
    tokens,
    audit,
)
# A sign-in link's secret may be any word: the pages with names of their own come before it.
SIGNING_IN = (sign_in, reset, development)
ELSEWHERE = (
    order_pages,
    carriers,
    codec,
    health,
    *SIGNING_IN,
    home_pages,
    approval_pages,
    admin,
    attention_page,
    search_page,
    account_pages,
    inventory_pages,
    inbox_pages,
    notice_pages,
    ordering_pages,
    profile,
    people_pages,
)

Lifespan = Callable[[FastAPI], AbstractAsyncContextManager[None]]


def create_app(services: Services) -> FastAPI:
    """The application over these services; whoever made them closes them."""
    application = _assemble(services.temporal_ui_url, lifespan=None, tracer=None)
    application.state.services = services
    return application


def app() -> FastAPI:
    """The application as the environment describes it, for `uvicorn --factory api.app:app`."""
    settings = Settings()
    logs.configure(as_json=not settings.development, mask=mask)
    tracer = tracing.tracer_provider("dialtone-api")

    @asynccontextmanager
    async def lifespan(application: FastAPI) -> AsyncIterator[None]:
        async with open_services(settings, tracer) as services:
            application.state.services = services
            yield

    return _assemble(settings.temporal_ui_url, lifespan=lifespan, tracer=tracer)


def _assemble(temporal_ui_url: str, *, lifespan: Lifespan | None, tracer: "TracerProvider | None") -> FastAPI:
    application = FastAPI(
        title="Dialtone",
        version="1",
        summary="Durable wireless-order lifecycle service",
        openapi_url="/api/v1/openapi.json",
        docs_url=None,
        redoc_url=None,
        lifespan=lifespan,
        generate_unique_id_function=_operation_id,
        telemetry=_spans(tracer),
    )
    application.state.stopping = asyncio.Event()
    _route(application)
    errors.install(application)
    application.add_middleware(SameOrigin)
    application.add_middleware(CodecCors, origin=temporal_ui_url)
    application.add_middleware(Edge)
    # The way FastAPI documents for changing the contract it draws up.
    application.openapi = lambda: _openapi(application)  # type: ignore[method-assign]
    return application


def _spans(tracer: "TracerProvider | None") -> TelemetryConfig:
    """A span for each request, where traces are wanted; metrics and logs go their own ways."""
    return {
        "tracer_provider": tracer,
        "tracing": tracer is not None,
        "metrics": False,
        "logs": False,
        "operation_spans": False,
        "auto_configure": False,
    }


def _route(application: FastAPI) -> None:
    for module in V1:
        application.include_router(module.router, prefix="/api/v1", max_body_size=LARGEST_BODY)
    for module in ELSEWHERE:
        application.include_router(module.router, max_body_size=LARGEST_BODY)
    application.mount("/static", Statics(), name="static")


def _operation_id(route: APIRoute) -> str:
    """`placeOrder` for `place_order`: what a generated client's method is called."""
    first, *others = route.name.split("_")
    return first + "".join(word.title() for word in others)


def _openapi(application: FastAPI) -> dict[str, Any]:
    """The contract, with the problem document that every refusal is."""
    if application.openapi_schema is None:
        document = get_openapi(
            title=application.title,
            version=application.version,
            summary=application.summary,
            routes=application.routes,
        )
        problem = Problem.model_json_schema(ref_template="#/components/schemas/{model}")
        document["components"]["schemas"] |= problem.pop("$defs", {}) | {"Problem": problem}
        application.openapi_schema = document
    return application.openapi_schema
