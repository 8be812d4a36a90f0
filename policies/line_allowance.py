from models.facts import Facts
from models.order_type import LINE_ALLOWANCE


def over_line_allowance(facts: Facts) -> bool:
    """Whether the order gives the beneficiary more lines than the policy allows an employee."""
    adds_lines = LINE_ALLOWANCE in facts.type.checks
    return adds_lines and facts.lines_held + len(facts.answers) > facts.policy.max_lines_per_employee
