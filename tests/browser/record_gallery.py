"""Takes the pictures of docs/gallery for `make gallery`: the top of every page, on a wide screen and on a phone."""

from base64 import b64decode
from collections.abc import Iterator

import pytest
from playwright.async_api import Page

from tests.browser.conftest import PHONE, WIDE, Opened
from tests.browser.pages import PAGES, Shown
from tests.docs.pages import DOCS

pytestmark = pytest.mark.timeout(300)
GALLERY = DOCS / "gallery"
IN_IT = [shown for shown in PAGES if shown.what]
# Of each width: how much of a page is shown, and how large, so that the gallery stays small.
SHAPES = {WIDE: (800, 0.65), PHONE: (640, 1.0)}


@pytest.mark.parametrize("shown", IN_IT, ids=str)
async def test_take_pictures(opened: Opened, shown: Shown) -> None:
    visitor = await opened(shown)
    GALLERY.mkdir(exist_ok=True)
    for width in SHAPES:
        (GALLERY / f"{shown}-{width}.png").write_bytes(await _picture(visitor.page, width))


def test_write_the_list() -> None:
    (DOCS / "gallery.md").write_text("\n".join(_lines()) + "\n")


async def _picture(page: Page, width: int) -> bytes:
    height, scale = SHAPES[width]
    await page.set_viewport_size({"width": width, "height": height})
    chromium = await page.context.new_cdp_session(page)
    clip = {"x": 0, "y": 0, "width": width, "height": height, "scale": scale}
    taken = await chromium.send("Page.captureScreenshot", {"clip": clip})
    return b64decode(taken["data"])


def _lines() -> Iterator[str]:
    yield "# Gallery"
    yield ""
    yield "Every page with the sample company's data, as `make gallery` saw it: on a wide screen and on a phone."
    yield ""
    yield "| page | what it is for | who looks | wide | phone |"
    yield "|---|---|---|---|---|"
    for shown in IN_IT:
        pictures = " | ".join(f"[{width}](gallery/{shown}-{width}.png)" for width in SHAPES)
        yield f"| {shown} | {shown.what} | {shown.role or 'anybody'} | {pictures} |"
