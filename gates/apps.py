"""The gates application: gates, decisions and the audit log."""

from django.apps import AppConfig


class GatesConfig(AppConfig):
    """Owns the database's gates and log."""

    name = "gates"
    verbose_name = "Gates"

    def ready(self) -> None:
        from django.db.models.signals import post_migrate

        from gates import roles  # noqa: F401  (hears of accounts and groups that are removed)
        from gates.permissions import ensure_roles

        post_migrate.connect(ensure_roles, sender=self)
