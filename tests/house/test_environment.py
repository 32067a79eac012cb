"""A test run is cut off from the data of a real server and from the shell's variables."""

from __future__ import annotations

from pathlib import Path

from django.conf import settings

from tests.support.environment import without_settings
from tests.support.people import People


def test_the_data_folder_is_not_the_projects_own() -> None:
    assert not Path(settings.DATA_DIR).is_relative_to(settings.BASE_DIR)


def test_variables_of_a_real_server_do_not_reach_the_tests() -> None:
    shell = {
        "PATH": "/bin",
        "AVIARY_URL": "https://aviary.example",
        "DATABASE_URL": "postgres://real",
        "HOST": "0.0.0.0",
    }
    assert without_settings(shell) == {"PATH": "/bin"}


def test_the_cast_has_its_roles(people: People) -> None:
    assert people.alice.has_perm("gates.decide_gate")
    assert people.victor.has_perm("gates.view_gate")
    assert not people.victor.has_perm("gates.decide_gate")
    assert people.ada.has_perm("auth.add_user")
    assert not people.nora.get_all_permissions()
