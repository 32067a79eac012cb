"""The Dockerfile by its structure: no image is built here, for want of Docker and of a registry."""

from __future__ import annotations

import fnmatch
import json
import re
import subprocess
import tomllib
from dataclasses import dataclass, field
from typing import Any

import pytest
from django.core.management import call_command
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from pytest_django import Settings

from tests.deploy.rendered import DEPLOY, container, environment, pod_templates
from tests.house.test_documents import settings_read
from tests.support.tiers import ROOT

DOCKERFILE = (ROOT / "Dockerfile").read_text(encoding="utf-8")
BUILD_TOOLS = re.compile(r"\b(gcc|g\+\+|make|build-essential|apt-get|git|curl|wget)\b")


@dataclass
class Stage:
    """`base` as it is written; instructions in order, each word and the rest of its line."""

    base: str
    name: str = ""
    lines: list[tuple[str, str]] = field(default_factory=list)

    def all(self, word: str) -> list[str]:
        """What stands behind that instruction, each time."""
        return [rest for instruction, rest in self.lines if instruction == word]


# Packages that the tests name themselves, and that what serves needs as well.
INDIRECT = {"httpx", "websockets"}


def parsed() -> tuple[dict[str, str], list[Stage]]:
    """The arguments before the first stage, and the stages."""
    text = re.sub(r"\\\n\s*", " ", re.sub(r"^\s*#.*\n", "", DOCKERFILE, flags=re.MULTILINE))
    arguments: dict[str, str] = {}
    stages: list[Stage] = []
    for line in filter(None, text.splitlines()):
        word, rest = line.split(maxsplit=1)
        if word == "FROM":
            base, _, name = rest.partition(" AS ")
            stages.append(Stage(base, name))
        elif stages:
            stages[-1].lines.append((word, rest))
        else:
            assert word == "ARG"
            name, _, value = rest.partition("=")
            arguments[name] = value
    return arguments, stages


ARGUMENTS, STAGES = parsed()
BUILD, LAST = STAGES


def variables(stage: Stage) -> dict[str, str]:
    return dict(part.split("=", 1) for rest in stage.all("ENV") for part in rest.split())


def pins(name: str) -> dict[str, str]:
    text = (ROOT / name).read_text(encoding="utf-8")
    return dict(re.findall(r"^([A-Za-z0-9._-]+)(?:\[[^\]]*\])?==([^\s;]+)", text, re.MULTILINE))


def test_both_stages_stand_on_one_base_that_a_digest_pins() -> None:
    assert [stage.base for stage in STAGES] == ["${PYTHON}@${PYTHON_DIGEST}"] * 2
    # Without a digest the build stops: a tag alone is another image every week.
    assert ARGUMENTS["PYTHON_DIGEST"] == ""


def test_the_last_stage_has_no_build_tools_and_runs_as_nobody_in_particular() -> None:
    assert not any(BUILD_TOOLS.search(rest) for rest in LAST.all("RUN"))
    assert not any("pip install" in rest for rest in LAST.all("RUN"))
    assert "pip uninstall" in LAST.all("RUN")[0]
    assert LAST.all("USER") == ["10001:10001"]
    # Nothing comes from outside but through the first stage.
    assert all(rest.startswith("--from=build ") for rest in LAST.all("COPY"))
    assert LAST.all("ADD") == BUILD.all("ADD") == []
    after = [word for word, _rest in LAST.lines][[word for word, _rest in LAST.lines].index("USER") :]
    assert not {"RUN", "COPY"} & set(after), "files of the program belong to root"


def test_the_user_is_the_one_that_the_pods_run_as() -> None:
    (template,) = pod_templates("single")
    context = template["spec"]["securityContext"]
    assert LAST.all("USER") == [f"{context['runAsUser']}:{context['runAsGroup']}"]
    assert f"--uid {context['runAsUser']}" in LAST.all("RUN")[0]


def test_it_serves_where_the_pods_are_asked() -> None:
    found = variables(LAST)
    assert found["PORT"] == environment("single")["PORT"] == LAST.all("EXPOSE")[0]
    assert found["HOST"] == "0.0.0.0"
    assert [found["AVIARY_DATA_DIR"]] == LAST.all("VOLUME")
    assert json.loads(LAST.all("ENTRYPOINT")[0]) + json.loads(LAST.all("CMD")[0]) == [
        "python",
        "manage.py",
        "serve",
    ]
    assert {name for name in found if name.startswith("AVIARY_")} <= settings_read()
    assert not {"command", "args"} & container("single").keys()


def test_health_is_asked_as_the_exec_form_has_it() -> None:
    (health,) = LAST.all("HEALTHCHECK")
    program, flag, code = json.loads(health[health.index("[") :])
    assert (program, flag) == ("python", "-c")
    compile(code, "HEALTHCHECK", "exec")
    assert "/healthz" in code


def test_packages_are_wheels_with_hashes_and_translations_and_files_are_made_once() -> None:
    installed = [rest for rest in BUILD.all("RUN") if " install " in rest]
    assert len(installed) == 1
    assert "--require-hashes --only-binary :all: -r /build/requirements.lock" in installed[0]
    assert any("pybabel" in rest for rest in BUILD.all("RUN"))
    assert any("collectstatic" in rest for rest in BUILD.all("RUN"))


def test_the_images_packages_are_those_that_are_tested_without_the_tests_own() -> None:
    image, tested = pins("deploy/requirements.lock"), pins("requirements.lock")
    assert {name: tested.get(name) for name in image} == image, "`make lock` writes both"
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    extras = project["optional-dependencies"]
    named = {
        part: {canonicalize_name(Requirement(text).name) for text in texts}
        for part, texts in {"serving": project["dependencies"], **extras}.items()
    }
    assert named["serving"] <= image.keys()
    assert not (named["dev"] - named["serving"] - named.get("otel", set())) & image.keys() - INDIRECT


def kept(name: str) -> bool:
    """Whether .dockerignore lets this file into the build; the last line that fits decides."""
    parts = name.split("/")
    above = {"/".join(parts[:length]) for length in range(1, len(parts) + 1)}
    found = True
    for line in (ROOT / ".dockerignore").read_text(encoding="utf-8").splitlines():
        pattern = line.removeprefix("!")
        anywhere = pattern.startswith("**/")
        names = set(parts) if anywhere else above
        if line[:1] not in ("", "#") and fnmatch.filter(names, pattern.removeprefix("**/")):
            found = line.startswith("!")
    return found


def test_only_what_the_image_is_made_of_gets_into_the_build() -> None:
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard"]
    listed = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    sent = {name for name in listed.stdout.splitlines() if kept(name)}
    copied = [rest.split()[0] for rest in BUILD.all("COPY")]
    assert {name for name in sent if not name.startswith(tuple(copied))} == set()
    for source in copied:
        assert any(name == source or name.startswith(f"{source}/") for name in sent), source
    for secret in (
        ".env",
        "data/secret-key",
        "data/aviary.sqlite3",
        ".git/config",
        "gates/__pycache__/a.pyc",
    ):
        assert not kept(secret), secret


@pytest.mark.django_db
def test_collected_files_are_served(settings: Settings, tmp_path: Any, client: Any) -> None:
    settings.STATIC_ROOT = tmp_path / "staticfiles"
    call_command("collectstatic", interactive=False, verbosity=0)
    settings.WHITENOISE_USE_FINDERS = False
    answer = client.get("/static/aviary.css")
    assert answer.status_code == 200
    assert b"".join(answer.streaming_content) == (ROOT / "static" / "aviary.css").read_bytes()


def test_the_chart_and_the_manifests_name_this_version() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    chart = (DEPLOY / "chart" / "Chart.yaml").read_text(encoding="utf-8")
    assert f"appVersion: {project['version']}" in chart
    assert container("single")["image"] == f"aviary:{project['version']}"
