"""The dashboard application: hands the gates what they must know of canaries."""

from django.apps import AppConfig
from django.contrib.admin.apps import AdminConfig


class DashboardConfig(AppConfig):
    """Reads Kubernetes, draws pages."""

    name = "dashboard"
    verbose_name = "Dashboard"

    def ready(self) -> None:
        from dashboard import checks  # noqa: F401  (registers the system checks)


class AviaryAdminConfig(AdminConfig):
    """Makes ours the default site, so that the admin classes of libraries register there."""

    default_site = "dashboard.admin_site.AviaryAdmin"
