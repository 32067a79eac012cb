"""Whoever may see one namespace does not learn from a canary what is in another."""

from __future__ import annotations

import pytest
from django.contrib.auth.models import User
from django.test import Client

from dashboard.around.around import Around
from dashboard.around.referred import AlertProvider, MetricTemplate
from gates import roles
from gates.audit import Actor, Origin
from gates.roles import Admin, Wanted
from tests.one_a.conftest import Page
from tests.support import views
from tests.support.html import elements, one

pytestmark = pytest.mark.django_db
TEMPLATE = MetricTemplate("flagger", "p99", "prometheus", "http://prometheus:9090", "secret-query")
PROVIDER = AlertProvider(
    "flagger", "on-call", "slack", "secret-channel", "", "https://hooks.slack.com/•••", ""
)
AROUND = Around(
    metric_templates={TEMPLATE.key: TEMPLATE},
    alert_providers={PROVIDER.key: PROVIDER},
)
RAW = views.raw(
    analysis={
        "stepWeights": [10],
        "metrics": [{"name": "latency", "templateRef": {"name": "p99", "namespace": "flagger"}}],
        "alerts": [
            {"name": "team", "severity": "warn", "providerRef": {"name": "on-call", "namespace": "flagger"}}
        ],
    }
)


@pytest.fixture
def guest(page: Page) -> Page:
    """Somebody who may see the namespace `test` and no other."""
    user = User.objects.create_user("gina")
    root = User.objects.create_superuser("root")
    admin = Admin(root, Actor("person", "root"), Origin("page"), "")
    roles.grant(admin, Wanted("viewer", "test", user="gina"))
    page.client = Client()
    page.client.force_login(user, "django.contrib.auth.backends.ModelBackend")
    return page


def test_a_template_and_a_provider_of_another_namespace_stay_unknown(guest: Page) -> None:
    html = guest.of(RAW, AROUND)
    assert "a namespace that you may not see" in one(html, "data-check", "latency").text
    assert "a namespace that you may not see" in one(html, "data-alert", "team").text
    assert "secret-query" not in html
    assert "secret-channel" not in html


def test_it_does_not_even_show_whether_they_are_there(guest: Page) -> None:
    there, missing = guest.of(RAW, AROUND), guest.of(RAW, Around(metric_templates={}, alert_providers={}))
    said = [one(html, "data-check", "latency").text for html in (there, missing)]
    assert said[0] == said[1]


def test_who_sees_everything_sees_both(page: Page) -> None:
    html = page.of(RAW, AROUND)
    assert "secret-query" in html
    assert "secret-channel" in html


def test_the_parts_have_no_buttons_for_decisions(guest: Page) -> None:
    html = guest.of(RAW, AROUND)
    assert [each["data-copy"] for each in elements(html, "data-copy")] == ["manifest-text"]
