"""Rectification plans, milestones, opinions."""

from django.urls import path

from complaints.views import milestones, opinions, plan_deciding, plan_editing, plans

urlpatterns = [
    path("plans/<int:pk>/", plans.plan_detail, name="plan_detail"),
    path("plans/<int:pk>/timeline/", plans.plan_timeline, name="plan_timeline"),
    path("plans/<int:pk>/versions/", plans.plan_versions, name="plan_versions"),
    path("plans/<int:pk>/edit/", plan_editing.plan_edit, name="plan_edit"),
    path("plans/<int:pk>/submit/", plan_editing.plan_submit, name="plan_submit"),
    path("plans/<int:pk>/decide/", plan_deciding.plan_decide, name="plan_decide"),
    path("plans/<int:pk>/change/", plan_deciding.plan_change, name="plan_change"),
    path("plans/<int:pk>/drop/", plan_deciding.plan_drop, name="plan_drop"),
    path("milestones/<int:pk>/", milestones.milestone_detail, name="milestone_detail"),
    path("milestones/<int:pk>/progress/", milestones.milestone_progress, name="milestone_progress"),
    path("milestones/<int:pk>/finish/", milestones.milestone_finish, name="milestone_finish"),
    path("<int:pk>/ask/", opinions.opinion_ask, name="opinion_ask"),
    path("opinions/<int:pk>/", opinions.opinion_detail, name="opinion_detail"),
    path("opinions/<int:pk>/cancel/", opinions.opinion_cancel, name="opinion_cancel"),
]
