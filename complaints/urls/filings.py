"""Filings, supervision, orders."""

from django.urls import path

from complaints.views import filings, supervising

urlpatterns = [
    path("filings/", filings.filing_list, name="filing_list"),
    path("filings/<int:pk>/", filings.filing_detail, name="filing_detail"),
    path("filings/<int:pk>/timeline/", filings.filing_timeline, name="filing_timeline"),
    path("filings/<int:pk>/file/", filings.filing_file, name="filing_file"),
    path("filings/<int:pk>/track/", filings.filing_track, name="filing_track"),
    path("filings/<int:pk>/report/", filings.filing_report, name="filing_report"),
    path("filings/<int:pk>/receive/", filings.filing_receive, name="filing_receive"),
    path("filings/<int:pk>/supervise/", supervising.filing_supervise, name="filing_supervise"),
    path("filings/<int:pk>/close/", filings.filing_close, name="filing_close"),
    path("<int:pk>/urge/", supervising.complaint_urge, name="complaint_urge"),
    path("<int:pk>/hand-over/", supervising.complaint_hand_over, name="complaint_hand_over"),
    path("orders/<int:pk>/", supervising.order_detail, name="order_detail"),
    path("orders/<int:pk>/finish/", supervising.order_finish, name="order_finish"),
    path("orders/<int:pk>/cancel/", supervising.order_cancel, name="order_cancel"),
]
