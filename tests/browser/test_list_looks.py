"""How the list looks where room is short: the new image, names, and what is ticked stay to be seen."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import Visit
from tests.browser.test_live_pages import Shop, live, shop
from tests.support.server import Server

pytestmark = [pytest.mark.browser, pytest.mark.kube]
__all__ = ["shop"]

OLD, NEW = "2.14.0-rc.1-20261130.abcdef0", "2.15.0-rc.2-20261130.fedcba9"
# True when every letter of the first element is inside the second one's box, and none is left out.
WHOLE = """([text, box]) => {
  const letters = document.createRange(), around = box.getBoundingClientRect();
  letters.selectNodeContents(text);
  const within = (it) => it.right <= around.right + 1 && it.bottom <= around.bottom + 1;
  const cut = text.scrollWidth > text.clientWidth || text.scrollHeight > text.clientHeight + 1;
  return [...letters.getClientRects()].every(within) && !cut;
}"""
CUT = "it => it.scrollWidth > it.clientWidth && getComputedStyle(it).textOverflow === 'ellipsis'"


@pytest.mark.parametrize(("width", "height"), [(1280, 69), (1000, 69), (360, 144)])
def test_of_two_long_images_the_new_one_is_whole(
    server: Server, shop: Shop, visit: Visit, width: int, height: int
) -> None:
    shop.image(f"shop:{NEW}")
    shop.image(f"shop:{OLD}", "-primary")
    page = visit(server.url, "victor", f"/?q=name:{shop.name}")
    page.set_viewport_size({"width": width, "height": 740})
    live(page)
    row = page.locator(f"#rows [data-canary='{shop.key}']")
    new, cell = row.locator(".new"), row.locator(".img")
    expect(new).to_have_text(NEW)
    assert page.evaluate(WHOLE, [new.element_handle(), cell.element_handle()])
    # The old one is seen to be cut, and is there to be read.
    old = row.locator(".old")
    expect(old).to_be_visible()
    assert old.evaluate(CUT)
    assert f"shop:{OLD} → shop:{NEW}" in (row.locator(".fromto").get_attribute("title") or "")
    # As high as every other row, so that nothing moves when images come and go.
    assert row.evaluate("it => it.offsetHeight") == height
    assert page.evaluate("document.documentElement.scrollWidth") <= width
