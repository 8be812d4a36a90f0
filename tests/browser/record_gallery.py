"""Takes the pictures of docs/gallery for `make gallery`: every page, on a wide screen and on a phone."""

import pytest

from tests.browser.conftest import PHONE, WIDE, Opened
from tests.browser.pages import PAGES, Shown
from tests.docs.pages import DOCS

pytestmark = pytest.mark.timeout(300)
GALLERY = DOCS / "gallery"


@pytest.mark.parametrize("shown", PAGES, ids=str)
async def test_take_pictures(opened: Opened, shown: Shown) -> None:
    visitor = await opened(shown)
    GALLERY.mkdir(exist_ok=True)
    for width in (WIDE, PHONE):
        await visitor.page.set_viewport_size({"width": width, "height": 800})
        await visitor.page.screenshot(path=GALLERY / f"{shown.name}-{width}.png", full_page=True)
