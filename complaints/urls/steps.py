"""A complaint's page and the steps of its life."""

from django.urls import path

from complaints.views import details

urlpatterns = [
    path("<int:pk>/", details.complaint_detail, name="complaint_detail"),
]
