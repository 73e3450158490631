from django.urls import path

from . import views
from .views import cases, complaint_register, complaints, revisits

app_name = "reports"
urlpatterns = [
    path("", views.report_index, name="report_index"),
    path("downloads/", views.download_log, name="download_log"),
    path("ledgers.xlsx", views.ledger_list_xlsx, name="ledger_list_xlsx"),
    path("ledgers/template.xlsx", views.ledger_template, name="ledger_template"),
    path("ledgers/<int:pk>/appendix-c.xlsx", views.ledger_xlsx, name="ledger_xlsx"),
    path("ledgers/<int:pk>/appendix-c.pdf", views.ledger_pdf, name="ledger_pdf"),
    path("revisits/<int:pk>/appendix-d.<str:extension>", revisits.appendix_d, name="appendix_d"),
    path("revisits/<int:pk>/template.xlsx", revisits.appendix_d_template, name="appendix_d_template"),
    path("revisits/units/<int:pk>/<int:year>.xlsx", revisits.revisit_year_xlsx, name="revisit_year"),
    path("cases.xlsx", cases.case_list_xlsx, name="case_list_xlsx"),
    path("cases/<int:pk>/case.pdf", cases.case_pdf, name="case_pdf"),
    path("complaints.xlsx", complaint_register.complaint_register_xlsx, name="complaint_register_xlsx"),
    path("complaints/<int:pk>/receipt.pdf", complaints.complaint_receipt, name="complaint_receipt"),
    path("complaints/<int:pk>/ruling.pdf", complaints.complaint_ruling_pdf, name="complaint_ruling_pdf"),
    path("complaints/<int:pk>/reply.pdf", complaints.complaint_reply_pdf, name="complaint_reply_pdf"),
    path(
        "complaints/<int:pk>/evaluation.pdf", complaints.complaint_evaluation_blank, name="complaint_evaluation_blank"
    ),
    path("plans/<int:pk>/plan.pdf", complaints.complaint_plan_pdf, name="complaint_plan_pdf"),
    path("filings/<int:pk>/filing.pdf", complaints.complaint_filing_pdf, name="complaint_filing_pdf"),
    path("filings/<int:pk>/tracking.pdf", complaints.complaint_tracking_pdf, name="complaint_tracking_pdf"),
    path("orders/<int:pk>/order.pdf", complaints.complaint_order_pdf, name="complaint_order_pdf"),
    path("urges/<int:pk>/urge.pdf", complaints.complaint_urge_pdf, name="complaint_urge_pdf"),
    path("evaluations/<int:pk>/evaluation.pdf", complaints.complaint_evaluation_pdf, name="complaint_evaluation_pdf"),
]
