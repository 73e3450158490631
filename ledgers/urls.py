"""Addresses below /ledgers/."""

from django.urls import path

from .views import cases, deciding, editing, imports, ledgers, listing, projects, punch, settings

app_name = "ledgers"

urlpatterns = [
    path("", listing.ledger_list, name="ledger_list"),
    path("columns/", listing.ledger_columns, name="ledger_columns"),
    path("settings/", settings.ledger_settings, name="ledger_settings"),
    path("projects/", projects.project_list, name="project_list"),
    path("projects/new/", projects.project_new, name="project_new"),
    path("projects/<int:pk>/", projects.project_detail, name="project_detail"),
    path("projects/<int:pk>/edit/", projects.project_edit, name="project_edit"),
    path("projects/<int:pk>/completion/", projects.project_completion, name="project_completion"),
    path("projects/<int:pk>/transfer/", projects.project_transfer, name="project_transfer"),
    path("import/", imports.import_new, name="import_new"),
    path("import/<int:pk>/", imports.import_detail, name="import_detail"),
    path("import/<int:pk>/save/", imports.import_save, name="import_save"),
    path("import/<int:pk>/discard/", imports.import_discard, name="import_discard"),
    path("import/<int:pk>/marked.xlsx", imports.import_marked, name="import_marked"),
    path("punch/", punch.punch_list, name="punch_list"),
    path("punch/new/", punch.punch_new, name="punch_new"),
    path("punch/<int:pk>/", punch.punch_detail, name="punch_detail"),
    path("punch/<int:pk>/edit/", punch.punch_edit, name="punch_edit"),
    path("punch/<int:pk>/finish/", punch.punch_finish, name="punch_finish"),
    path("punch/<int:pk>/close/", punch.punch_close, name="punch_close"),
    path("punch/<int:pk>/reopen/", punch.punch_reopen, name="punch_reopen"),
    path("punch/<int:pk>/void/", punch.punch_void, name="punch_void"),
    path("cases/<int:pk>/", cases.case_detail, name="case_detail"),
    path("<int:pk>/", ledgers.ledger_detail, name="ledger_detail"),
    path("<int:pk>/timeline/", ledgers.ledger_timeline, name="ledger_timeline"),
    path("<int:pk>/versions/", ledgers.ledger_versions, name="ledger_versions"),
    path("<int:pk>/contacts/<int:contact_pk>/phone/", ledgers.contact_reveal, name="contact_reveal"),
    path("<int:pk>/edit/", editing.ledger_edit, name="ledger_edit"),
    path("<int:pk>/submit/", editing.ledger_submit, name="ledger_submit"),
    path("<int:pk>/review/", deciding.ledger_decide, name="ledger_decide"),
    path("<int:pk>/change/", deciding.ledger_change, name="ledger_change"),
    path("<int:pk>/withdraw/", deciding.ledger_withdraw, name="ledger_withdraw"),
    path("<int:pk>/void/", deciding.ledger_void, name="ledger_void"),
]
