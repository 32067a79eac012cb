"""The dashboard application: hands the gates what they must know of canaries."""

from django.apps import AppConfig
from django.contrib.admin.apps import AdminConfig


class DashboardConfig(AppConfig):
    """Reads Kubernetes, draws pages."""

    name = "dashboard"
    verbose_name = "Dashboard"

    def ready(self) -> None:
        from dashboard import checks, log_checks, production_checks  # noqa: F401  (they register checks)
        from dashboard.notify import checks as notify_checks  # noqa: F401
        from dashboard.releases import of_entry
        from dashboard.sign_in import checks as sign_in_checks  # noqa: F401
        from gates import release_links

        release_links.provide(of_entry.address)


class AviaryAdminConfig(AdminConfig):
    """Makes ours the default site, so that the admin classes of libraries register there."""

    default_site = "dashboard.admin_site.AviaryAdmin"
