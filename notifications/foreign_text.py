"""Text in emails that people or carriers wrote."""

import re

from markupsafe import Markup, escape

# Mail programs make a link of a text with a scheme, of a domain in any script, and of an IP address with a port or a
# path. A domain ends in letters, unlike a price such as 65.00/month. Each pattern looks at a few characters only, so
# that a long text takes no longer than its length says.
_SCHEME = re.compile(r"://")
_DOT_OF_DOMAIN = re.compile(r"(?<=[^\s.])[.\u3002\uff0e\uff61](?=[^\W\d_][^\s!-,./:-@\[-`{-~])")
_IP_ADDRESS = re.compile(r"(?<![\w.])\d{1,3}(?:\.\d{1,3}){3}(?=[/:])")


def without_links(text: str) -> str:
    """The text with every address of a website written so that no mail program makes a link of it."""
    text = _IP_ADDRESS.sub(lambda found: found[0].replace(".", "[.]"), text)
    return _DOT_OF_DOMAIN.sub("[.]", _SCHEME.sub("[:]//", text))


def our_own(text: str) -> Markup:
    """A text that is shown as it is, because neither people nor carriers wrote it: an address of ours."""
    return escape(text)


def for_email(value: object) -> Markup | str:
    """How a template shows a value: without links, unless it is our own."""
    return value if isinstance(value, Markup) else without_links(str(value))
