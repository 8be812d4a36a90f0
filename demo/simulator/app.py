"""The carrier as an ASGI application and as a server."""

import socket
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

from demo.simulator import controls, routes
from demo.simulator.carrier import Carrier
from demo.simulator.errors import InvalidRequestError, PortTakenError, SimulatorError
from demo.simulator.settings import SimulatorSettings


def create_app(settings: SimulatorSettings) -> FastAPI:
    """Build the application; the carrier lives as long as the application's lifespan."""

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        carrier = app.state.carrier = Carrier(settings)
        carrier.start()
        try:
            yield
        finally:
            await carrier.stop()

    app = FastAPI(
        title=settings.name,
        lifespan=lifespan,
        exception_handlers={
            SimulatorError: _refuse,
            RequestValidationError: _invalid,
            ValidationError: _invalid,
            HTTPException: _http,
            Exception: _unexpected,
        },
    )
    for router in (routes.router, controls.guarded, controls.router):
        app.include_router(router)
    return app


async def serve(settings: SimulatorSettings, port: int) -> None:
    """Serve the carrier until the process is told to stop.

    Raises:
        PortTakenError: the port is in use.
    """
    with _bound(settings.host, port) as listener:
        config = uvicorn.Config(
            create_app(settings), log_level="warning", access_log=False, timeout_graceful_shutdown=2
        )
        await uvicorn.Server(config).serve(sockets=[listener])


def _bound(host: str, port: int) -> socket.socket:
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
        listener.listen()
    except OSError as error:
        listener.close()
        raise PortTakenError(host, port) from error
    return listener


async def _refuse(_: Request, error: SimulatorError) -> Response:
    return JSONResponse(error.document(), status_code=error.status, headers=error.headers)


async def _invalid(request: Request, error: RequestValidationError | ValidationError) -> Response:
    first = error.errors()[0]
    path = "/".join(str(part) for part in first["loc"])
    return await _refuse(request, InvalidRequestError(f"{path}: {first['msg']}"))


async def _http(request: Request, error: HTTPException) -> Response:
    refusal = SimulatorError(str(error.detail))
    refusal.status = error.status_code
    refusal.code = to_camel(HTTPStatus(error.status_code).phrase.replace(" ", "_"))
    refusal.headers = dict(error.headers or {})
    return await _refuse(request, refusal)


async def _unexpected(request: Request, _: Exception) -> Response:
    return await _refuse(request, SimulatorError("the carrier made a mistake"))
