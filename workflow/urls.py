"""Addresses of the kernel's pages, from the site's root."""

from django.urls import path

from workflow.views import calendar, clock_rules, evidence, notices, operations, worklist

app_name = "workflow"

urlpatterns = [
    path("", worklist.worklist, name="worklist"),
    path("waiting/", worklist.waiting, name="waiting"),
    path("notices/", notices.notices, name="notices"),
    path("notices/read/", notices.notices_read, name="notices_read"),
    path("notices/<int:pk>/", notices.notice_open, name="notice_open"),
    path("operations/", operations.operations, name="operations"),
    path("mail/", operations.mail, name="mail"),
    path("mail/retry/", operations.mail_retry_all, name="mail_retry_all"),
    path("mail/<int:pk>/retry/", operations.mail_retry, name="mail_retry"),
    path("mail/kept/<str:key>/", operations.mail_kept, name="mail_kept"),
    path("evidence/<int:pk>/", evidence.evidence_download, name="evidence_download"),
    path("evidence/<int:pk>/thumbnail/", evidence.evidence_thumbnail, name="evidence_thumbnail"),
    path("evidence/<int:pk>/withdraw/", evidence.evidence_withdraw, name="evidence_withdraw"),
    path("evidence/attach/<int:content_type_id>/<int:object_id>/", evidence.evidence_attach, name="evidence_attach"),
    path("clock-rules/", clock_rules.clock_rules, name="clock_rules"),
    path("clock-rules/<str:code>/", clock_rules.clock_rule, name="clock_rule"),
    path("clock-rules/<str:code>/edit/", clock_rules.clock_rule_edit, name="clock_rule_edit"),
    path("calendar/", calendar.calendar, name="calendar"),
    path("calendar/<int:pk>/remove/", calendar.calendar_remove, name="calendar_remove"),
]
