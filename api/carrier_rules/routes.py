"""The API of the rules of carriers."""

from typing import Annotated

from fastapi import APIRouter, Depends, Query

from api.carrier_rules import operations
from api.carrier_rules.schemas import CarrierRuleIn, CarrierRuleQuery, CarrierRuleView
from api.deps import Access, Needs, ServicesDep
from api.http.headers import JsonOnly
from api.http.problems import error_responses
from policies.access import Right

router = APIRouter(prefix="/carrier-rules", tags=["carrier rules"], dependencies=[JsonOnly])
RuleReadAccess = Annotated[Access, Depends(Needs(Right.CARRIER_RULE_READ))]
RuleAddAccess = Annotated[Access, Depends(Needs(Right.CARRIER_RULE_ADD))]


@router.get("", responses=error_responses(401, 403, 422, 503))
async def get_carrier_rules(
    query: Annotated[CarrierRuleQuery, Query()], access: RuleReadAccess, services: ServicesDep
) -> list[CarrierRuleView]:
    """What your carriers do by their own rules, each with its source."""
    return await operations.list_rules(services, access, query)


@router.post("", status_code=201, responses=error_responses(401, 403, 409, 413, 415, 422, 503))
async def add_carrier_rule(body: CarrierRuleIn, access: RuleAddAccess, services: ServicesDep) -> CarrierRuleView:
    """Add a newer rule. It counts from its day on, for what is ordered and what begins then."""
    return await operations.add(services, access, body)
