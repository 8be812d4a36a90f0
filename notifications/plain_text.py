"""Derives the subject and the plain text of an email from its HTML.

A line of the text is a line of the template: what people or carriers wrote is on one line, or quoted line by line.
"""

import re
from html import unescape

# In this order. Text from people is escaped in HTML, so that it holds no tags. Each pattern looks only once at a run of
# white space, so that a long text takes no longer than its length says.
_REPLACEMENTS = (
    (r"(?s)\A.*<body", "<body"),
    (r"(?s)<div.*?</div>", ""),  # a div holds what only HTML needs: the preview, the address behind a button
    (r"(?<!\s)[^\S\n]*+\n\s*+(?=<)|(?<=>)\s*\n\s*", ""),
    (r"(?<!\s)\s*[\n\r\u2028\u2029\x0b\x0c\x85]\s*", " "),
    (r"<br>", "\n"),
    (r'<a [^>]*href="([^"]*)">(.*?)</a>', r"\2: \1"),
    (r'<p class="section">(.*?)</p>', r"\n\1\n"),
    (r"<h1", "\n<h1"),
    (r"</th>", ": "),
    (r"</tr>", "\n"),
    (r"</(?:h1|p|table)>", "\n\n"),
    (r'<td class="footer">', "\n--\n"),
    (r"<[^>]*>", ""),
    (r"\n{3,}", "\n\n"),
    (r": \n", ":\n"),
)


def subject_of(html: str) -> str:
    """The title, on one line."""
    title = html.partition("<title>")[2].partition("</title>")[0]
    return " ".join(unescape(title).split())


def text_of(html: str) -> str:
    html = re.sub(r'(?s)(?P<before><td[^>]*>)?<p class="quote">(?P<text>.*?)</p>', _quote, html)
    for pattern, replacement in _REPLACEMENTS:
        html = re.sub(pattern, replacement, html)
    return unescape(html).strip() + "\n"


def _quote(found: re.Match[str]) -> str:
    """The lines of a quote, marked as readers of mail know them; below its name in a table."""
    lines = [" ".join(line.split()) for line in found["text"].strip().splitlines()]
    quoted = "<br>".join(f"&gt; {line}".rstrip() for line in lines)
    return f"<br>{quoted}" if found["before"] else f"<p>{quoted}</p>"
