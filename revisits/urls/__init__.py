"""Addresses of the revisits, by subject."""

from django.urls import include, path

app_name = "revisits"
urlpatterns = [
    path("", include("revisits.urls.desk")),
    path("plans/", include("revisits.urls.plans")),
    path("visits/", include("revisits.urls.visits")),
    path("", include("revisits.urls.imports")),
]
