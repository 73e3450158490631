"""Import of plans made elsewhere."""

from django.urls import URLPattern, path

from revisits.views import imports

urlpatterns: list[URLPattern] = [
    path("plans/<int:pk>/import/", imports.plan_import, name="plan_import"),
    path("imports/<int:pk>/", imports.import_detail, name="import_detail"),
    path("imports/<int:pk>/save/", imports.import_save, name="import_save"),
    path("imports/<int:pk>/discard/", imports.import_discard, name="import_discard"),
    path("imports/<int:pk>/marked.xlsx", imports.import_marked, name="import_marked"),
]
