"""What can be unusual about an order. The flags are in `models/flags/`, the rules that raise them in `policies/`."""

from dataclasses import dataclass

from models.formatting import humanize
from models.registry import load


@dataclass(frozen=True, kw_only=True)
class Flag:
    """Orders store the `code`; `text` is a sentence for those who approve or see the order.

    `out_of_policy`: the order asks for more than the policy grants, so it never goes without approval.
    """

    code: str
    text: str
    out_of_policy: bool = False


def flag_text(code: str) -> str:
    """For a flag that is no longer defined, its code as words."""
    flag = load("models.flags", Flag).get(code)
    return flag.text if flag else humanize(code)
