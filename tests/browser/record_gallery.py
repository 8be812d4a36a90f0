"""Records docs/gallery for `make gallery`: the top of every page, on a desktop screen and on a phone."""

from base64 import b64decode
from collections.abc import Iterator

import pytest
from playwright.async_api import Page

from tests.browser.conftest import DESKTOP_WIDTH, PHONE_WIDTH, OpenPage
from tests.browser.pages import PAGES, PageCase
from tests.docs.pages import DOCS

pytestmark = pytest.mark.timeout(300)
GALLERY = DOCS / "gallery"
GALLERY_PAGES = [case for case in PAGES if case.caption]
# Height in pixels and scale of the pictures by width, to keep their files small.
SHAPES = {DESKTOP_WIDTH: (800, 0.65), PHONE_WIDTH: (640, 1.0)}


@pytest.mark.parametrize("case", GALLERY_PAGES, ids=str)
async def test_record_pictures(open_page: OpenPage, case: PageCase) -> None:
    user = await open_page(case)
    GALLERY.mkdir(exist_ok=True)
    for width in SHAPES:
        (GALLERY / f"{case}-{width}.png").write_bytes(await _picture(user.page, width))


def test_write_index() -> None:
    (DOCS / "gallery.md").write_text("\n".join(_index()) + "\n")


async def _picture(page: Page, width: int) -> bytes:
    height, scale = SHAPES[width]
    await page.set_viewport_size({"width": width, "height": height})
    devtools = await page.context.new_cdp_session(page)
    clip = {"x": 0, "y": 0, "width": width, "height": height, "scale": scale}
    screenshot = await devtools.send("Page.captureScreenshot", {"clip": clip})
    return b64decode(screenshot["data"])


def _index() -> Iterator[str]:
    yield "# Gallery"
    yield ""
    yield "Every page with the sample company's data, on a desktop screen and on a phone (`make gallery`)."
    yield ""
    yield "| Page | What it shows | Signed in as | Desktop | Phone |"
    yield "|---|---|---|---|---|"
    for case in GALLERY_PAGES:
        pictures = " | ".join(f"[{width}](gallery/{case}-{width}.png)" for width in SHAPES)
        yield f"| {case} | {case.caption} | {case.role or 'signed out'} | {pictures} |"
