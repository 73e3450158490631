"""Plans: the page of one, its lines, and the steps of who drafts it."""

from django.urls import URLPattern, path

from revisits.views import drafting, lines, moving, plan_page

urlpatterns: list[URLPattern] = [
    path("<int:pk>/", plan_page.plan_detail, name="plan_detail"),
    path("<int:pk>/report/", plan_page.plan_report, name="plan_report"),
    path("<int:pk>/timeline/", plan_page.plan_timeline, name="plan_timeline"),
    path("<int:pk>/versions/", plan_page.plan_versions, name="plan_versions"),
    path("<int:pk>/projects/<int:project>/", lines.plan_project, name="plan_project"),
    path("<int:pk>/lines/<int:visit>/", lines.line_edit, name="line_edit"),
    path("<int:pk>/lines/<int:visit>/remove/", lines.line_remove, name="line_remove"),
    path("<int:pk>/lines/<int:visit>/move/", moving.line_move, name="line_move"),
    path("<int:pk>/visitors/", lines.plan_visitors, name="plan_visitors"),
    path("<int:pk>/draft/", drafting.plan_draft, name="plan_draft"),
    path("<int:pk>/repair/", drafting.plan_repair, name="plan_repair"),
    path("<int:pk>/submit/", drafting.plan_submit, name="plan_submit"),
    path("<int:pk>/change/", drafting.plan_change, name="plan_change"),
    path("<int:pk>/drop/", drafting.plan_drop, name="plan_drop"),
]
