from models.facts import Role
from policies.default_answer import DefaultAnswer

LOCK_LEVEL = DefaultAnswer(
    code="lock_level",
    compute=lambda facts, _: "strict" if Role.ADMIN in facts.representative.roles else "standard",
)
