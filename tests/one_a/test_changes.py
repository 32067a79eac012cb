"""What changes: images, a table of the rest, the difference, and why there is none."""

from __future__ import annotations

from typing import Any

import pytest

from dashboard.around.around import Around
from dashboard.image_changes import read, rows
from dashboard.view import ImageChange
from tests.one_a.conftest import Page
from tests.support import views
from tests.support.html import Element, elements, one, text

pytestmark = pytest.mark.django_db
DIGEST = "sha256:" + "0123456789abcdef" * 4


def template(image: str = "ghcr.io/shop/app:1.0", **env: str) -> dict[str, Any]:
    """A pod template with one container."""
    values = [{"name": name, "value": value} for name, value in env.items()]
    return {"spec": {"containers": [{"name": "app", "image": image, "env": values}]}}


def containers(*pairs: tuple[str, str]) -> dict[str, Any]:
    return {"spec": {"containers": [{"name": name, "image": image} for name, image in pairs]}}


def section(html: str) -> Element:
    return one(html, "id", "sec-changes")


def note(html: str) -> str:
    return " ".join(found.text for found in elements(html, "data-changes-note"))


def test_the_tag_that_changes_stands_beside_what_stays(page: Page) -> None:
    around = Around(
        target=template("ghcr.io/shop/app:20261124"), primary=template("ghcr.io/shop/app:20261110")
    )
    row = one(page.of(views.raw(), around), "data-container", "app")
    assert row["data-change"] == "changed"
    assert row.text == "app ghcr.io/shop/app 20261110 → 20261124"


def test_another_registry_is_shown_whole_on_both_sides(page: Page) -> None:
    around = Around(target=template("ghcr.io/shop/app:1.0"), primary=template("localhost:5000/shop/app:1.0"))
    assert one(page.of(views.raw(), around), "data-container", "app").text == (
        "app localhost:5000/shop/app:1.0 → ghcr.io/shop/app:1.0"
    )


def test_a_digest_is_cut_and_whole_in_its_title(page: Page) -> None:
    whole = f"ghcr.io/shop/app:1.1@{DIGEST}"
    around = Around(target=template(whole), primary=template("ghcr.io/shop/app:1.0"))
    html = page.of(views.raw(), around)
    assert "1.0 → 1.1 @sha256:0123456789ab…" in section(html).text
    assert elements(html, "title", whole)


def test_digests_that_begin_alike_are_not_cut() -> None:
    (row,) = rows(containers(("a", f"app@{DIGEST}")), containers(("a", f"app@{DIGEST[:-1]}0")), ())
    assert row.old is not None
    assert row.new is not None
    assert row.old.version == f"@{DIGEST}"
    assert row.old.version != row.new.version


def test_containers_that_come_and_go_are_named(page: Page) -> None:
    around = Around(
        target=containers(("app", "a:1"), ("proxy", "envoy:1")),
        primary=containers(("app", "a:1"), ("log", "fluent:1")),
    )
    found = elements(page.of(views.raw(), around), "data-container")
    assert [(row["data-container"], row["data-change"]) for row in found] == [
        ("proxy", "new"),
        ("log", "removed"),
        ("app", "same"),
    ]
    assert "new" in found[0].text
    assert "removed" in found[1].text


@pytest.mark.parametrize(
    ("image", "parts"),
    [
        ("nginx", ("", "nginx", "latest")),
        ("shop/cart:2.1", ("", "shop/cart", "2.1")),
        ("localhost/cart", ("localhost/", "cart", "latest")),
        ("registry.example:5000/a/b/c:7", ("registry.example:5000/", "a/b/c", "7")),
        (f"ghcr.io/a@{DIGEST}", ("ghcr.io/", "a", "@sha256:0123456789ab…")),
        ("", ("", "", "latest")),
        ("@:/", ("", "", "@:/")),
    ],
)
def test_an_image_is_taken_apart(image: str, parts: tuple[str, str, str]) -> None:
    found = read(image)
    assert (found.registry, found.name, found.version) == parts


def test_without_templates_the_images_known_are_shown() -> None:
    (row,) = rows(None, None, (ImageChange("app", "", "a:1"),))
    assert (row.state, row.old) == ("unknown", None)


def test_the_rest_is_a_table_of_what_changed_came_and_went(page: Page) -> None:
    around = Around(
        target=template("a:2", LEVEL="debug", FLAG="on"), primary=template("a:1", LEVEL="info", OLD="x")
    )
    html = page.of(views.raw(), around)
    found = {row["data-path"]: row for row in elements(html, "data-path")}
    assert {path: row["data-change"] for path, row in found.items()} == {
        "containers[app].env[LEVEL]": "changed",
        "containers[app].env[FLAG]": "new",
        "containers[app].env[OLD]": "removed",
    }
    assert found["containers[app].env[LEVEL]"].text == "changed env[LEVEL] info debug"
    # Images have their own list, and are in the difference.
    assert "+ - image: a:2" not in section(html).text
    assert "image: a:2" in one(html, "class", "diff").text


def test_secrets_are_masked_in_the_table_and_in_the_difference(page: Page) -> None:
    around = Around(
        target=template(DB_PASSWORD="hunter2", CALL="https://me:hunter3@api.example/"),
        primary=template(DB_PASSWORD="hunter0", CALL="https://me:hunter1@api.example/"),
    )
    html = page.of(views.raw(), around)
    assert "env[DB_PASSWORD]" in section(html).text
    assert "hunter" not in html


def test_a_hundred_changes_are_cut_and_counted(page: Page) -> None:
    many = {f"NAME_{number:03}": "x" for number in range(100)}
    html = page.of(views.raw(), Around(target=template("a:1", **many), primary=template("a:1")))
    assert len(elements(html, "data-change", tag="tr")) == 60
    assert "and 40 more" in section(html).text
    assert "NAME_099" in one(html, "class", "diff").text


@pytest.mark.parametrize(
    ("phase", "words"),
    [
        ("Waiting", "a ConfigMap or Secret that the target uses has changed"),
        ("Progressing", "a ConfigMap or Secret that the target uses has changed"),
        ("Finalising", "has been copied to the primary"),
        ("Succeeded", "the primary runs what the target says"),
    ],
)
def test_nothing_that_differs_is_explained(page: Page, phase: str, words: str) -> None:
    html = page.of(views.raw(phase=phase), Around(target=template(), primary=template()))
    assert words in note(html)
    assert elements(html, "data-change", tag="tr") == []
    assert elements(html, "class", "diff") == []


def test_the_revision_that_failed_is_said_to_be_there_still(page: Page) -> None:
    html = page.of(views.raw(phase="Failed"), Around(target=template("a:2"), primary=template("a:1")))
    assert "still holds the revision that failed" in note(html)


def test_what_is_not_known_is_said_with_its_reason(page: Page) -> None:
    forbidden = Around(unread=("deployments.apps: forbidden",))
    assert "Deployment podinfo is not known: deployments.apps: forbidden" in note(
        page.of(views.raw(), forbidden)
    )
    assert "none in the cluster" in note(page.of(views.raw()))
    assert "no primary to compare with" in note(page.of(views.raw(), Around(target=template())))


def test_replicas_and_both_revisions_are_there(page: Page) -> None:
    words = section(page.of(views.raw())).text
    assert "ready canary 2/2 · primary 2/2" in words
    view = page.store.get("test", "podinfo")
    assert view is not None
    assert f"{view.primary_revision[:10]} → {view.revision[:10]}" in words


def test_odd_texts_in_a_template_are_shown_as_texts(page: Page) -> None:
    hostile = "<script>alert(1)</script>"
    around = Around(target=template(f"a:{hostile}", X=hostile), primary=template("a:1", X="y"))
    html = page.of(views.raw(), around)
    assert hostile not in html
    assert hostile in text(html)
