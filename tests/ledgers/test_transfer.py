"""A project is handed over with everything open of it; a department that still answers for one is not dissolved."""

from datetime import timedelta

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.test import Client
from django.urls import reverse

from complaints.models import Complaint
from ledgers.models import Project
from ledgers.services.transfer import transfer_project
from organization.models import Appointment
from organization.services.units import dissolve_unit
from tests.complaints.factories import closed, handling, rectifying
from tests.ledgers.factories import NOW, at, punch_item, submitted
from tests.personas import Personas
from workflow.models import Clock, Outcome


def test_what_runs_passes_to_the_new_department_and_keeps_its_due_moment(personas: Personas) -> None:
    ledger = submitted(personas)
    project = ledger.project
    item = punch_item(personas, project)
    complaint = handling(personas, project=project)
    ended = closed(personas, project=project, kind="safety")
    due = {c.code: c.due_at for c in Clock.objects.running().filter(owner=project.department)}
    moved = transfer_project(
        project_id=project.pk, department=personas.unit("U2D1"), reason="项目部撤销", actor=personas.gh, now=at(11)
    )
    assert moved.department.code == "U2D1"
    running = {c.code: c for c in Clock.objects.running().select_related("unit", "owner")}
    assert {code: clock.due_at for code, clock in running.items()} == due
    assert running["ledger.review"].unit.code == "U2"
    assert running["punch.fix"].unit.code == "U2D1"
    assert running["complaint.handle"].unit.code == "U2D1"
    assert {clock.owner.code for clock in running.values()} == {"U2D1"}
    assert set(Clock.objects.about(item).filter(stopped_at=at(11)).values_list("outcome", flat=True)) == {
        Outcome.CANCELLED
    }
    complaint.refresh_from_db()
    assert complaint.department.code == "U2D1"
    assert Complaint.objects.get(pk=ended.pk).department.code == "U1D1"  # the past stays where it happened


def test_a_plan_under_way_goes_with_its_complaint(personas: Personas) -> None:
    complaint = rectifying(personas)
    transfer_project(
        project_id=complaint.project_id,
        department=personas.unit("U1D2"),
        reason="调整分工",
        actor=personas.uh1,
        now=NOW,
    )
    milestone = Clock.objects.running().get(code="milestone.finish")
    assert milestone.unit.code == "U1D2"
    assert milestone.case_id == complaint.pk


def test_only_within_ones_reach(personas: Personas) -> None:
    project = submitted(personas).project
    there, next_door = personas.unit("U2D1"), personas.unit("U1D2")
    for login in ("uw1", "pw11", "pm11", "gw", "uh2"):
        with pytest.raises(PermissionDenied):
            transfer_project(project_id=project.pk, department=next_door, reason="试", actor=personas[login], now=NOW)
    with pytest.raises(PermissionDenied):  # not into the neighbour's unit
        transfer_project(project_id=project.pk, department=there, reason="试", actor=personas.uh1, now=NOW)
    with pytest.raises(ValidationError, match="已在这个项目经理部"):
        transfer_project(project_id=project.pk, department=project.department, reason="试", actor=personas.gh, now=NOW)
    with pytest.raises(ValidationError, match="请填写转移原因"):
        transfer_project(project_id=project.pk, department=next_door, reason=" ", actor=personas.gh, now=NOW)


def test_a_department_with_projects_is_not_dissolved(personas: Personas) -> None:
    project = submitted(personas).project
    department = project.department
    Appointment.objects.filter(unit=department).update(ends_on=(NOW - timedelta(days=1)).date())
    with pytest.raises(ValidationError, match="名下还有 1 个工程"):
        dissolve_unit(unit_id=department.pk, reason="完工", actor=personas.sysadmin, now=NOW)
    transfer_project(project_id=project.pk, department=personas.unit("U1D2"), reason="撤销", actor=personas.gh, now=NOW)
    assert dissolve_unit(unit_id=department.pk, reason="完工", actor=personas.sysadmin, now=NOW).dissolved_on


def test_the_page(personas: Personas, client: Client) -> None:
    project = submitted(personas).project
    address = reverse("ledgers:project_transfer", args=[project.pk])
    client.force_login(personas.uh1)
    assert "U1D2" in client.get(address).content.decode()
    wrong = client.post(address, {"department": "U9D9", "reason": "撤销"})
    assert wrong.status_code == 422
    assert "没有编码为“U9D9”" in wrong.content.decode()
    client.post(address, {"department": "u1d2", "reason": "撤销"})
    assert Project.objects.get(pk=project.pk).department.code == "U1D2"
    client.force_login(personas.uw1)
    assert client.get(address).status_code == 403
    client.force_login(personas.uw2)
    assert client.get(address).status_code == 404
