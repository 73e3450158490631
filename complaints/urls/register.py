"""The register, registration, import, settings."""

from django.urls import URLPattern, path

from complaints.views import correcting, imports, listing, registering, settings

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
    path("import/", imports.import_new, name="import_new"),
    path("import/template.xlsx", imports.import_template, name="import_template"),
    path("import/<int:pk>/", imports.import_detail, name="import_detail"),
    path("import/<int:pk>/save/", imports.import_save, name="import_save"),
    path("import/<int:pk>/discard/", imports.import_discard, name="import_discard"),
    path("import/<int:pk>/marked.xlsx", imports.import_marked, name="import_marked"),
]
