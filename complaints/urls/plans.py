"""Rectification plans, milestones, opinions."""

from django.urls import path

from complaints.views import plans

urlpatterns = [
    path("plans/<int:pk>/", plans.plan_detail, name="plan_detail"),
    path("milestones/<int:pk>/", plans.milestone_detail, name="milestone_detail"),
    path("opinions/<int:pk>/", plans.opinion_detail, name="opinion_detail"),
]
