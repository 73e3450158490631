"""Addresses under ``/organization/``."""

from django.urls import path

from .views import appointments, matrix, people, security, units

app_name = "organization"

urlpatterns = [
    path("", units.unit_list, name="unit_list"),
    path("units/new/", units.unit_new, name="unit_new"),
    path("units/<int:pk>/", units.unit_detail, name="unit_detail"),
    path("units/<int:pk>/edit/", units.unit_edit, name="unit_edit"),
    path("units/<int:pk>/move/", units.unit_move, name="unit_move"),
    path("units/<int:pk>/dissolve/", units.unit_dissolve, name="unit_dissolve"),
    path("units/<int:pk>/restore/", units.unit_restore, name="unit_restore"),
    path("people/", people.person_list, name="person_list"),
    path("people/new/", people.person_new, name="person_new"),
    path("people/options/", people.person_options, name="person_options"),
    path("people/<int:pk>/", people.person_detail, name="person_detail"),
    path("people/<int:pk>/edit/", people.person_edit, name="person_edit"),
    path("people/<int:pk>/deactivate/", people.person_deactivate, name="person_deactivate"),
    path("people/<int:pk>/reactivate/", people.person_reactivate, name="person_reactivate"),
    path("people/<int:pk>/password/", people.person_password, name="person_password"),
    path("people/<int:pk>/phone/", people.person_phone, name="person_phone"),
    path("appointments/", appointments.appointment_list, name="appointment_list"),
    path("appointments/mine/", appointments.my_appointments, name="my_appointments"),
    path("appointments/new/", appointments.appointment_new, name="appointment_new"),
    path("appointments/<int:pk>/end/", appointments.appointment_end, name="appointment_end"),
    path("substitutes/", appointments.substitute_list, name="substitute_list"),
    path("substitutes/new/", appointments.substitute_new, name="substitute_new"),
    path("substitutes/<int:pk>/end/", appointments.substitute_end, name="substitute_end"),
    path("matrix/", matrix.matrix_sheet, name="matrix_sheet"),
    path("matrix/<str:sheet>/", matrix.matrix_sheet, name="matrix_sheet"),
    path("matrix/cells/<int:pk>/actions/", matrix.matrix_actions, name="matrix_actions"),
    path("matrix/<int:matter_pk>/<str:post_code>/", matrix.matrix_cell, name="matrix_cell"),
    path("posts/", matrix.post_list, name="post_list"),
    path("posts/new/", matrix.post_new, name="post_new"),
    path("posts/<str:code>/edit/", matrix.post_edit, name="post_edit"),
    path("editions/", matrix.edition_list, name="edition_list"),
    path("editions/new/", matrix.edition_new, name="edition_new"),
    path("editions/<int:pk>/edit/", matrix.edition_edit, name="edition_edit"),
    path("locks/", security.lock_list, name="lock_list"),
    path("locks/release/", security.lock_release, name="lock_release"),
    path("audit/", security.audit_log, name="audit_log"),
]
