from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from http import HTTPStatus

import uvicorn
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, Response
from pydantic import ValidationError
from pydantic.alias_generators import to_camel
from starlette.exceptions import HTTPException
from starlette.middleware.trustedhost import TrustedHostMiddleware
from starlette.routing import Match, Route

from demo.simulator import controls, quote_routes, routes, token_endpoint
from demo.simulator.carrier import SimulatedCarrier
from demo.simulator.errors import InvalidRequestError, SimulatorError
from demo.simulator.settings import SimulatorSettings
from demo.sockets import bind

_ROUTERS = (routes.router, quote_routes.router, token_endpoint.router, controls.guarded, controls.router)


def create_app(settings: SimulatorSettings) -> FastAPI:
    """The carrier runs during the application's lifespan."""

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        carrier = app.state.carrier = SimulatedCarrier(settings)
        carrier.start()
        try:
            yield
        finally:
            await carrier.stop()

    app = FastAPI(
        title=settings.personality.name,
        openapi_url=None,
        lifespan=lifespan,
        exception_handlers={
            SimulatorError: _error,
            RequestValidationError: _invalid,
            ValidationError: _invalid,
            HTTPException: _http,
            Exception: _unexpected,
        },
    )
    # A website whose name resolves to 127.0.0.1 must not be able to read the page of orders.
    app.add_middleware(TrustedHostMiddleware, allowed_hosts=["127.0.0.1", "localhost"])
    for router in _ROUTERS:
        app.include_router(router)
    return app


async def serve(settings: SimulatorSettings, port: int) -> None:
    """Serve the carrier on 127.0.0.1 until SIGINT or SIGTERM.

    Raises:
        StartFailed: the port is in use.
    """
    with bind(port, f"the carrier {settings.personality.name}") as listener:
        config = uvicorn.Config(
            create_app(settings), log_level="warning", access_log=False, timeout_graceful_shutdown=2
        )
        await uvicorn.Server(config).serve(sockets=[listener])


async def _error(_: Request, error: SimulatorError) -> Response:
    return JSONResponse(error.document(), status_code=error.status, headers=error.headers)


async def _invalid(request: Request, error: RequestValidationError | ValidationError) -> Response:
    first = error.errors()[0]
    return await _error(request, InvalidRequestError(f"{'/'.join(str(part) for part in first['loc'])}: {first['msg']}"))


async def _http(request: Request, error: HTTPException) -> Response:
    tmf_error = SimulatorError(str(error.detail))
    tmf_error.status = error.status_code
    tmf_error.code = to_camel(HTTPStatus(error.status_code).phrase.replace(" ", "_"))
    tmf_error.headers = dict(error.headers or {})
    if error.status_code == HTTPStatus.METHOD_NOT_ALLOWED:
        tmf_error.headers["Allow"] = ", ".join(_allowed_methods(request))
    return await _error(request, tmf_error)


def _allowed_methods(request: Request) -> list[str]:
    """The methods of all routes with this path, of which each knows only its own."""
    known = (route for router in _ROUTERS for route in router.routes if isinstance(route, Route))
    fitting = (route for route in known if route.matches(request.scope)[0] is not Match.NONE)
    return sorted({method for route in fitting for method in route.methods or ()})


async def _unexpected(request: Request, _: Exception) -> Response:
    return await _error(request, SimulatorError("an unexpected error occurred"))
