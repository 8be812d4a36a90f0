from collections.abc import Collection
from datetime import datetime

from models.carrier_rule import RulesInForce
from models.db import rules_in_force
from models.db.fact_loader import FactLoader
from models.db.session import Session
from models.facts import NamedLine
from models.optional_facts.carriers import CARRIER_RULES
from models.order import OrderRequest


async def _load(session: Session, request: OrderRequest, lines: Collection[NamedLine], now: datetime) -> RulesInForce:
    del lines
    _, rules = await rules_in_force.load(session, request.tenant, now)
    return rules


CARRIER_RULES_LOADER = FactLoader(fact=CARRIER_RULES, load=_load)
