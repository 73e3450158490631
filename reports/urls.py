from django.urls import path

from . import views

app_name = "reports"
urlpatterns = [
    path("", views.report_index, name="report_index"),
    path("downloads/", views.download_log, name="download_log"),
    path("ledgers.xlsx", views.ledger_list_xlsx, name="ledger_list_xlsx"),
    path("ledgers/template.xlsx", views.ledger_template, name="ledger_template"),
    path("ledgers/<int:pk>/appendix-c.xlsx", views.ledger_xlsx, name="ledger_xlsx"),
    path("ledgers/<int:pk>/appendix-c.pdf", views.ledger_pdf, name="ledger_pdf"),
]
