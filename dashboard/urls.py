"""Addresses for people; Flagger's own are in gates/webhook.py and never reach Django."""

from django.urls import URLPattern, URLResolver

urlpatterns: list[URLPattern | URLResolver] = []
