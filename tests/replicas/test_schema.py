"""Servers that start at once migrate once; none serves on a schema that it does not know."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from django.db import migrations, models
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.operations.base import Operation

from dashboard import schema
from tests.replicas.calls import at_once
from tests.replicas.conftest import Replicas
from tests.support.postgres import Postgres
from tests.support.server import Server, ServerError

TABLE = "django_migrations"
APPLIED = f"SELECT count(*), count(DISTINCT (app, name)) FROM {TABLE}"
ENTER = f"INSERT INTO {TABLE} (app, name, applied) VALUES ('gates', %s, now())"


@pytest.mark.postgres
@pytest.mark.redis
def test_three_that_start_at_once_on_an_empty_database_migrate_once(
    replicas: Replicas, postgres: Postgres
) -> None:
    three = replicas(3, DATABASE_URL=postgres.create(empty=True))
    with psycopg.connect(three[0].environment["DATABASE_URL"]) as database:
        total, distinct = database.execute(APPLIED).fetchone() or (0, 1)
        people = database.execute("SELECT count(*) FROM auth_user").fetchone()
        created = "SELECT count(*) FROM gates_auditentry WHERE action = 'person.created'"
        assert database.execute(created).fetchone() == people == (1,)
    assert total == distinct > 10
    for server in three:
        assert "Traceback" not in server.output


@pytest.mark.postgres
def test_jobs_that_migrate_at_once_wait_for_each_other(postgres: Postgres, tmp_path: Path) -> None:
    address = postgres.create(empty=True)
    jobs = [Server(tmp_path / str(number), DATABASE_URL=address) for number in range(3)]
    at_once([lambda job=job: job.manage("migrate") for job in jobs])  # type: ignore[misc]
    with psycopg.connect(address) as database:
        total, distinct = database.execute(APPLIED).fetchone() or (0, 1)
    assert total == distinct > 10


@pytest.fixture(scope="module")
def migrated(postgres: Postgres, tmp_path_factory: pytest.TempPathFactory) -> Server:
    server = Server(tmp_path_factory.mktemp("schema"), DATABASE_URL=postgres.create(empty=True))
    server.manage("migrate")
    return server


@pytest.fixture
def database(migrated: Server) -> Iterator[psycopg.Connection[tuple[object, ...]]]:
    """Changes of the schema's record are taken back."""
    with psycopg.connect(migrated.environment["DATABASE_URL"], autocommit=True) as opened:
        known = [row[0] for row in opened.execute(f"SELECT id FROM {TABLE}")]
        yield opened
        opened.execute(f"DELETE FROM {TABLE} WHERE NOT id = ANY(%s)", [known])


@pytest.mark.postgres
def test_an_older_schema_is_refused_with_the_remedy(postgres: Postgres, tmp_path: Path) -> None:
    server = Server(tmp_path, DATABASE_URL=postgres.create(empty=True))
    with pytest.raises(ServerError, match=r"older than this version.*manage\.py migrate"):
        server.manage("serve", "--no-migrate")


@pytest.mark.postgres
def test_a_newer_schema_that_is_not_known_to_fit_is_refused(
    migrated: Server, database: psycopg.Connection[tuple[object, ...]]
) -> None:
    database.execute(ENTER, ["0099_remove_gates"])
    with pytest.raises(ServerError, match=r"newer version.*gates\.0099_remove_gates.*Upgrade"):
        migrated.manage("serve")


@pytest.mark.postgres
def test_the_version_before_serves_beside_one_that_only_adds(
    migrated: Server, database: psycopg.Connection[tuple[object, ...]]
) -> None:
    database.execute(ENTER, ["0099_add_something"])
    migrated.start()
    migrated.terminate()


def only_adds(operation: Operation) -> bool:
    """The version before can read and write as it did."""
    match operation:
        case migrations.CreateModel() | migrations.AddIndex() | migrations.RunPython():
            return True
        case migrations.AddField():
            field: models.Field[object, object] = operation.field
            # A default in Python alone is not there for those who do not know the column.
            return field.null or field.db_default is not models.NOT_PROVIDED or field.many_to_many is True
    return False


def test_a_migration_that_says_so_only_adds() -> None:
    for (app, name), migration in MigrationLoader(None).disk_migrations.items():
        if app in schema.OURS and schema.ADDS.match(name):
            for operation in migration.operations:
                assert only_adds(operation), f"{app}.{name}: {operation}"


@pytest.mark.parametrize(
    ("operation", "fits"),
    [
        (migrations.CreateModel("Thing", []), True),
        (migrations.AddField("gate", "more", models.TextField(null=True)), True),
        (migrations.AddField("gate", "more", models.TextField(db_default="")), True),
        (migrations.AddField("gate", "more", models.TextField(default="")), False),
        (migrations.RemoveField("gate", "open"), False),
        (migrations.RenameField("gate", "open", "opened"), False),
        (migrations.RunSQL("DROP TABLE gates_gate"), False),
    ],
)
def test_what_only_adds(operation: Operation, fits: bool) -> None:
    assert only_adds(operation) is fits


def test_the_document_has_the_rule() -> None:
    text = (Path(schema.__file__).parents[1] / "docs" / "upgrading.md").read_text()
    assert re.search(r"`NNNN_add_", text)
