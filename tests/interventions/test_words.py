"""What the buttons and dialogs of interventions look like and say; no cluster is needed for that."""

from __future__ import annotations

import pytest

from dashboard import known
from dashboard.interventions import dialog, options
from dashboard.interventions.acts import OFFERED, Act
from gates.access_rights import EVERYTHING
from tests.support import views

DANGEROUS = {Act.SUSPEND, Act.PROMOTE_NOW, Act.RETRY}


@pytest.mark.django_db
@pytest.mark.parametrize("act", OFFERED)
def test_whatever_changes_production_is_red(act: Act) -> None:
    store = views.store(views.canary("rising", weight=25))
    (found,) = known.from_database(store, [("test", "rising")]).values()
    button = options.option(act, found, EVERYTHING, frozen=False)
    assert button.style == ("danger" if act in DANGEROUS else "plain")
    assert dialog.of(act, found.view.canary).style == ("bad" if act in DANGEROUS else "go")


@pytest.mark.parametrize("act", [Act.PROMOTE_NOW, Act.RETRY])
def test_a_freeze_is_said_to_hold_only_when_there_is_one(act: Act) -> None:
    canary = views.canary("rising", weight=25)
    assert dialog.of(act, canary).notes[-1] == "A freeze would hold it back."
    assert dialog.of(act, canary, frozen=True).notes[-1] == "A freeze holds it back."


@pytest.mark.parametrize("act", [Act.SUSPEND, Act.RESUME])
def test_a_freeze_is_not_mentioned_where_none_holds(act: Act) -> None:
    canary = views.canary("rising", weight=25)
    assert not any("freeze" in note.lower() for note in dialog.of(act, canary, frozen=True).notes)
