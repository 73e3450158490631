"""Addresses below /complaints/, by subject."""

from . import filings, plans, register, steps

app_name = "complaints"

urlpatterns = [*register.urlpatterns, *steps.urlpatterns, *plans.urlpatterns, *filings.urlpatterns]
