"""The register, registration, import, settings."""

from django.urls import URLPattern

urlpatterns: list[URLPattern] = []
