"""The dashboard application: hands the gates what they must know of canaries."""

from django.apps import AppConfig


class DashboardConfig(AppConfig):
    """Reads Kubernetes, draws pages."""

    name = "dashboard"
    verbose_name = "Dashboard"

    def ready(self) -> None:
        from dashboard import checks  # noqa: F401  (registers the system checks)
