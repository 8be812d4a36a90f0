from models.carrier_rule import RulesInForce
from models.optional_fact import OptionalFact

# What the carriers' own rules are today.
CARRIER_RULES: OptionalFact[RulesInForce] = OptionalFact(code="carrier_rules", empty=RulesInForce())
