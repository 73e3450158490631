"""The desk: the list of plans, deciding on them, waivers, what affects them, settings, drafting jobs."""

from django.urls import URLPattern, path

from revisits.views import deciding, issues, jobs, plan_list, policy, starting, waivers

urlpatterns: list[URLPattern] = [
    path("", plan_list.plan_list, name="plan_list"),
    path("approve/", plan_list.plans_approve, name="plans_approve"),
    path("start/", starting.plan_start, name="plan_start"),
    path("plans/<int:pk>/decide/", deciding.plan_decide, name="plan_decide"),
    path("plans/<int:pk>/waiver/", waivers.waiver_ask, name="waiver_ask"),
    path("waivers/<int:pk>/", waivers.waiver_decide, name="waiver_decide"),
    path("issues/", issues.issue_list, name="issue_list"),
    path("issues/<int:pk>/settle/", issues.issue_settle, name="issue_settle"),
    path("policy/", policy.policy, name="policy"),
    path("policy/edit/", policy.policy_edit, name="policy_edit"),
    path("jobs/", jobs.job_list, name="job_list"),
    path("jobs/new/", jobs.job_new, name="job_new"),
    path("jobs/<int:pk>/", jobs.job_detail, name="job_detail"),
    path("jobs/<int:pk>/stop/", jobs.job_stop, name="job_stop"),
]
