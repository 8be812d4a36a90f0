"""Text in emails that people or carriers wrote."""

import re

# Mail programs make a link of each of these. A domain ends in letters, unlike a price such as 65.00/month.
_LINK = re.compile(r"\b(?:https?://|www\.)\S+|\b[\w-]+(?:\.[\w-]+)*\.[a-z][\w-]*/\S*", re.IGNORECASE)


def without_links(text: object) -> str:
    """The text with every address of a website written so that no mail program makes a link of it."""
    return _LINK.sub(lambda found: found[0].replace(".", "[.]").replace("://", "[:]//"), str(text))
