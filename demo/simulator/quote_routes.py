"""Where the carrier says what an order would cost: in an API of its own, and as TMF679 has it."""

import asyncio

from fastapi import APIRouter, Depends
from fastapi.responses import JSONResponse, Response
from ulid import ULID

from demo.simulator.behaviors import Behavior, behavior_for
from demo.simulator.carrier import SimulatedCarrier
from demo.simulator.errors import NotFoundError
from demo.simulator.items import Document
from demo.simulator.quotes import companion_item, qualification_item, quote_items
from demo.simulator.requests import QualificationCreate, QuoteCreate
from demo.simulator.routes import CurrentCarrier, Json, authenticate

QUOTE_PATH = "/companion/v1/quote"
QUALIFICATION_PATH = "/tmf-api/productOfferingQualification/v4/productOfferingQualification"

router = APIRouter(dependencies=[Depends(authenticate)])


@router.post(QUOTE_PATH)
async def quote(carrier: CurrentCarrier, body: Json) -> Response:
    QuoteCreate.model_validate(body)
    items = body["quoteItem"]
    await _behave(carrier, items)
    quoted = quote_items(items, carrier.products, carrier.rules)
    return JSONResponse({"quoteItem": [companion_item(one) for one in quoted]})


@router.post(QUALIFICATION_PATH, status_code=201)
async def qualify(carrier: CurrentCarrier, body: Json) -> Response:
    QualificationCreate.model_validate(body)
    items = body["productOfferingQualificationItem"]
    await _behave(carrier, items)
    quoted = quote_items(items, carrier.products, carrier.rules)
    unqualified = any(one.why_not for one in quoted)
    document = {
        "@type": "ProductOfferingQualification",
        "id": str(ULID()),
        "state": "done",
        "instantSyncQualification": True,
        "qualificationResult": "unqualified" if unqualified else "qualified",
        "productOfferingQualificationItem": [
            qualification_item(item, one) for item, one in zip(items, quoted, strict=True)
        ],
    }
    return JSONResponse(document, status_code=201)


async def _behave(carrier: SimulatedCarrier, items: list[Document]) -> None:
    """Be as slow as the rules say, or have no such API."""
    behavior: Behavior = behavior_for({"productOrderItem": items}, carrier.rules)
    await asyncio.sleep(behavior.quote_after)
    if behavior.no_quote:
        raise NotFoundError("there is no such API")
