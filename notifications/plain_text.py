"""Derives the subject and the plain text of an email from its HTML."""

import re
from html import unescape

# In this order. Text from people is escaped in HTML, so that it holds no tags.
_REPLACEMENTS = (
    (r"(?s).*<body", "<body"),
    (r"(?s)<div.*?</div>", ""),  # a div holds what only HTML needs: the preview, the address behind a button
    (r"\s*\n\s*(?=<)|(?<=>)\s*\n\s*", ""),
    (r'(?s)<p class="quote">(.*?)</p>', r"<p>“\1”</p>"),
    (r'<a [^>]*href="([^"]*)">(.*?)</a>', r"\2: \1"),
    (r'<p class="section">(.*?)</p>', r"\n\1\n"),
    (r"<h1", "\n<h1"),
    (r"</th>", ": "),
    (r"</tr>", "\n"),
    (r"</(?:h1|p|table)>", "\n\n"),
    (r'<td class="footer">', "\n--\n"),
    (r"<[^>]*>", ""),
    (r"\n{3,}", "\n\n"),
)


def subject_of(html: str) -> str:
    """The title, on one line."""
    title = html.partition("<title>")[2].partition("</title>")[0]
    return " ".join(unescape(title).split())


def text_of(html: str) -> str:
    for pattern, replacement in _REPLACEMENTS:
        html = re.sub(pattern, replacement, html)
    return unescape(html).strip() + "\n"
