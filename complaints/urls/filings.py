"""Filings, supervision, orders."""

from django.urls import path

from complaints.views import filings

urlpatterns = [
    path("filings/<int:pk>/", filings.filing_detail, name="filing_detail"),
    path("orders/<int:pk>/", filings.order_detail, name="order_detail"),
]
