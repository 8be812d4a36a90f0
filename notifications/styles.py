"""Inline styles of HTML email by class name: email clients drop style sheets."""

import re
from collections.abc import Mapping
from types import MappingProxyType

_FONT = "font-family:-apple-system,BlinkMacSystemFont,'Segoe UI',Roboto,Helvetica,Arial,sans-serif"

STYLES: Mapping[str, str] = MappingProxyType(
    {
        "page": f"margin:0;padding:0;background:#f3f6f8;color:#14202e;{_FONT}",
        "preview": "display:none",  # spam filters take other ways to hide a text for a trick
        "outer": "width:100%;border-collapse:collapse;background:#f3f6f8",
        "gutter": "padding:24px 12px",
        "card": "width:100%;max-width:600px;margin:0 auto;border-collapse:separate;background:#ffffff;"
        "border:1px solid #dfe5ec;border-radius:12px",
        "brand": "padding:20px 24px 0;font-size:13px;line-height:20px;color:#586476",
        "logo": "color:#0b6e6e;font-weight:700",
        "body": "padding:8px 24px 24px;font-size:16px;line-height:24px;color:#14202e",
        "headline": "margin:8px 0 12px;font-size:22px;line-height:30px;font-weight:700;color:#14202e",
        "text": "margin:0 0 12px;font-size:16px;line-height:24px;color:#14202e;overflow-wrap:anywhere",
        "quote": "margin:0 0 12px;padding:8px 0 8px 14px;border-left:3px solid #0b6e6e;font-size:16px;"
        "line-height:24px;color:#14202e;white-space:pre-line;overflow-wrap:anywhere",
        "section": "margin:24px 0 8px;font-size:13px;line-height:18px;font-weight:700;color:#586476",
        "facts": "width:100%;border-collapse:collapse;margin:0 0 8px",
        "name": "padding:7px 12px 7px 0;border-top:1px solid #e8edf2;font-size:14px;line-height:20px;"
        "color:#586476;text-align:left;vertical-align:top;font-weight:400;width:34%",
        "value": "padding:7px 0;border-top:1px solid #e8edf2;font-size:15px;line-height:20px;color:#14202e;"
        "text-align:left;vertical-align:top;word-break:break-word",
        "flag": "margin:0 0 12px;padding:8px 12px;border-radius:8px;background:#fff3d6;color:#6b4500;"
        "font-size:15px;line-height:22px",
        "action": "margin:20px 0 8px",
        "button": "display:inline-block;padding:13px 26px;border-radius:8px;background:#0b6e6e;color:#ffffff;"
        "font-size:16px;line-height:22px;font-weight:700;text-decoration:none",
        "small": "margin:0 0 8px;font-size:13px;line-height:20px;color:#586476",
        "fallback": "margin:8px 0 0;font-size:13px;line-height:20px;overflow-wrap:anywhere",
        "link": "color:#0b6e6e;overflow-wrap:anywhere",
        "footer": "padding:16px 24px 20px;border-top:1px solid #e8edf2;font-size:13px;line-height:20px;color:#586476",
    }
)

_CLASS = re.compile(r'class="([a-z]+)"')


def inline(html: str) -> str:
    """Add to every element the style of its class. Quotes in text from people are escaped, so only tags match."""
    return _CLASS.sub(lambda match: f'{match[0]} style="{STYLES[match[1]]}"', html)
