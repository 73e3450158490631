"""Addresses of the visits: the list, a visit, its steps."""

from django.urls import path

from revisits.views import recording, visit_list, visit_page

urlpatterns = [
    path("", visit_list.visit_list, name="visit_list"),
    path("columns/", visit_list.visit_columns, name="visit_columns"),
    path("of/<int:pk>/", visit_page.project_visits, name="project_visits"),
    path("<int:pk>/", visit_page.visit_detail, name="visit_detail"),
    path("<int:pk>/timeline/", visit_page.visit_timeline, name="visit_timeline"),
    path("<int:pk>/record/", recording.visit_record, name="visit_record"),
    path("<int:pk>/unreachable/", recording.visit_unreachable, name="visit_unreachable"),
    path("<int:pk>/move/", recording.visit_move, name="visit_move"),
    path("<int:pk>/correct/", recording.visit_correct, name="visit_correct"),
    path("<int:pk>/participate/", recording.visit_participate, name="visit_participate"),
]
