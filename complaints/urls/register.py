"""The register, registration, import, settings."""

from django.urls import URLPattern, path

from complaints.views import correcting, listing, registering, settings

urlpatterns: list[URLPattern] = [
    path("", listing.complaint_list, name="complaint_list"),
    path("schedule/", listing.schedule_register, name="schedule_register"),
    path("columns/", listing.complaint_columns, name="complaint_columns"),
    path("filters/", listing.filter_save, name="filter_save"),
    path("filters/<int:pk>/delete/", listing.filter_delete, name="filter_delete"),
    path("new/", registering.complaint_new, name="complaint_new"),
    path("new/projects/", registering.complaint_projects, name="complaint_projects"),
    path("similar/", registering.complaint_similar, name="complaint_similar"),
    path("<int:pk>/edit/", correcting.complaint_edit, name="complaint_edit"),
    path("<int:pk>/phone/", correcting.complaint_phone, name="complaint_phone"),
    path("settings/", settings.complaint_settings, name="complaint_settings"),
]
