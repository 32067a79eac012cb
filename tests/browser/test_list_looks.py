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


def test_the_ticked_ones_are_named_and_within_the_margins_on_a_phone(
    server: Server, shop: Shop, visit: Visit
) -> None:
    Shop(shop.kube, f"{shop.name}-too").begin("Waiting", 0)
    page = visit(server.url, "alice")
    page.set_viewport_size({"width": 360, "height": 740})
    live(page)
    shop.write("WaitingPromotion", 0)
    line, form = page.locator("#inbox .line"), page.locator("#many")
    expect(page.locator(f"#mine [data-canary='{shop.key}']")).to_be_visible()
    expect(form.get_by_text("The ticked ones:")).to_be_visible()
    around, inside = line.bounding_box(), form.bounding_box()
    assert around
    assert inside
    assert around["x"] <= inside["x"]
    assert inside["x"] + inside["width"] <= around["x"] + around["width"]
    assert form.evaluate("it => it.scrollWidth <= it.clientWidth")
    # As high without the buttons as with them.
    height = line.evaluate("it => it.offsetHeight")
    form.evaluate("it => it.remove()")
    assert line.evaluate("it => it.offsetHeight") == height


def test_a_long_name_is_there_to_be_read(server: Server, shop: Shop, visit: Visit) -> None:
    long = Shop(shop.kube, f"{shop.name}-customer-notification-preferences-service")
    long.begin("Progressing", 10)
    page = visit(server.url, "victor", f"/?q=name:{long.name}")
    link = page.locator(f"#rows [data-canary='{long.key}'] th a")
    expect(link).to_have_attribute("title", long.name)
    expect(page.locator("#rows .ns").first).to_have_attribute("title", "browser")
