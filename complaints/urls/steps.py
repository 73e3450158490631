"""A complaint's page and the steps of its life."""

from django.urls import path

from complaints.views import confirming, details, ending, evaluating, linking, replying, ruling

urlpatterns = [
    path("<int:pk>/", details.complaint_detail, name="complaint_detail"),
    path("<int:pk>/handling/", details.complaint_handling, name="complaint_handling"),
    path("<int:pk>/timeline/", details.complaint_timeline, name="complaint_timeline"),
    path("<int:pk>/confirm/", confirming.complaint_confirm, name="complaint_confirm"),
    path("<int:pk>/contact/", confirming.complaint_contact, name="complaint_contact"),
    path("<int:pk>/forward/", confirming.complaint_forward, name="complaint_forward"),
    path("<int:pk>/ruling/", ruling.ruling_propose, name="ruling_propose"),
    path("<int:pk>/ruling/decide/", ruling.ruling_decide, name="ruling_decide"),
    path("<int:pk>/ruling/revoke/", ruling.ruling_revoke, name="ruling_revoke"),
    path("<int:pk>/reconsider/", ruling.complaint_reconsider, name="complaint_reconsider"),
    path("<int:pk>/reply/", replying.reply_edit, name="reply_edit"),
    path("<int:pk>/reply/dispatch/", replying.reply_dispatch, name="reply_dispatch"),
    path("<int:pk>/object/", replying.complaint_object, name="complaint_object"),
    path("<int:pk>/finish/", evaluating.complaint_finish, name="complaint_finish"),
    path("<int:pk>/evaluate/", evaluating.complaint_evaluate, name="complaint_evaluate"),
    path("<int:pk>/close/", ending.complaint_close, name="complaint_close"),
    path("<int:pk>/withdraw/", ending.complaint_withdraw, name="complaint_withdraw"),
    path("<int:pk>/merge/", linking.merge_propose, name="merge_propose"),
    path("<int:pk>/merge/decide/", linking.merge_decide, name="merge_decide"),
    path("<int:pk>/second/", linking.second_suggest, name="second_suggest"),
    path("<int:pk>/second/decide/", linking.second_decide, name="second_decide"),
    path("<int:pk>/reassign/", linking.complaint_reassign, name="complaint_reassign"),
]
