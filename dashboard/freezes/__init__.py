"""Freezes as people see them: whom they hold, the banner, the pages, the REST API."""
