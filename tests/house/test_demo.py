"""The demo group: what the contract promises of it."""

from datetime import timedelta
from typing import Any

import pytest
from django.conf import settings as configured
from django.contrib.contenttypes.models import ContentType
from django.core.management import call_command
from django.core.management.base import CommandError
from django.db.models import F
from django.utils import timezone

from complaints.models import Complaint, Evaluation, Filing, Milestone, Opinion, Order, Plan, Ruling
from ledgers.models import Ledger, PunchItem, WarrantyCase
from organization.models import Unit, User
from revisits.models import (
    DraftTask,
    FailedAttempt,
    Level,
    Participation,
    PlanIssue,
    RevisitPlan,
    Visit,
    VisitRecord,
    Waiver,
)
from workflow.models import Clock, Evidence, Transition

STATES = {
    Complaint: ("status", Complaint.Status),
    Filing: ("status", Filing.Status),
    Plan: ("status", Plan.Status),
    Milestone: ("status", Milestone.Status),
    Opinion: ("status", Opinion.Status),
    Order: ("status", Order.Status),
    Ruling: ("state", Ruling.State),
}
DEPARTMENT = {
    Complaint: "department",
    Milestone: "plan_version__plan__complaint__department",
}


@pytest.mark.django_db
def test_the_demo_shows_every_state_of_every_flow() -> None:
    call_command("seed_demo")
    assert set(Unit.objects.values_list("code", flat=True)) == {"G"} | {
        code for i in range(1, 5) for code in (f"U{i}", *(f"U{i}D{j}" for j in range(1, 4)))
    }
    logins = {"gw", "gh", "gl", "sysadmin", "secadmin", "auditor"}
    for i in range(1, 5):
        logins |= {f"{post}{i}" for post in ("uw", "uh", "ul", "ug", "ud")}
        logins |= {f"{post}{i}{j}" for j in range(1, 4) for post in ("pw", "pe", "pm")}
    assert set(User.objects.values_list("username", flat=True)) == logins
    assert User.objects.get(username="pw11").check_password(configured.DEFAULT_DEMO_PASSWORD)
    assert set(Ledger.objects.values_list("status", flat=True)) == set(Ledger.Status.values)
    assert set(PunchItem.objects.values_list("status", flat=True)) == set(PunchItem.Status.values)
    assert Clock.objects.running().filter(overdue_noted_at__isnull=False).exists()
    assert not Transition.objects.filter(actor=F("on_behalf_of")).exists()
    in_u1d1 = Ledger.objects.filter(project__department__code="U1D1")
    assert set(in_u1d1.values_list("status", flat=True)) == set(Ledger.Status.values)
    _complaints_in_every_state()
    _revisits_in_every_state()
    _warranty_cases_in_every_state()

    count = Ledger.objects.count()
    call_command("seed_demo")  # a second time leaves everything as it is
    assert Ledger.objects.count() == count


def _complaints_in_every_state() -> None:
    """U1D1 alone shows each of them; every department has some."""
    for model, (name, states) in STATES.items():
        of_department = DEPARTMENT.get(model, "complaint__department") + "__code"
        shown = model._default_manager.filter(**{of_department: "U1D1"}).values_list(name, flat=True)
        assert set(shown) == set(states.values), model
    in_u1d1 = Complaint.objects.filter(department__code="U1D1")
    assert set(in_u1d1.values_list("second", flat=True)) >= {"", "suggested", "confirmed"}
    assert set(in_u1d1.values_list("kind", flat=True)) == set(Complaint.Kind.values)
    assert in_u1d1.values("event").distinct().count() >= 20
    assert Complaint.objects.values("department").distinct().count() == 12
    assert Evaluation.objects.filter(round=2, satisfied=True, complaint__status=Complaint.Status.CLOSED).exists()
    assert Plan.objects.filter(status=Plan.Status.IN_REVIEW, version=2, effective__isnull=False).exists()
    assert not Complaint.objects.filter(search_text="").exists()
    running = Clock.objects.running().filter(case_type__app_label="complaints")
    assert running.filter(overdue_noted_at__isnull=False).exists()
    assert running.filter(overdue_noted_at__isnull=True).exists()
    # Whoever acted held a post that day, and nothing was left without its picture.
    assert not Transition.objects.filter(actor__isnull=False, post__isnull=True).exists()
    assert Evidence.objects.filter(media_type="image/png").count() > 30
    in_order = Complaint.objects.filter(number__startswith="TS-U1-").order_by("number")
    days = [timezone.localdate(at) for at in in_order.values_list("registered_at", flat=True)]
    assert days == sorted(days)


def _warranty_cases_in_every_state() -> None:
    in_u1d1 = WarrantyCase.objects.filter(project__department__code="U1D1")
    assert set(in_u1d1.values_list("status", flat=True)) == set(WarrantyCase.Status.values)
    assert set(in_u1d1.values_list("source", flat=True)) >= {"call", "punch", "complaint"}
    assert in_u1d1.filter(rework_count__gte=1, status=WarrantyCase.Status.DONE).exists()
    running = Clock.objects.running().filter(code__startswith="case.")
    assert running.filter(overdue_noted_at__isnull=False).exists()
    assert running.filter(overdue_noted_at__isnull=True).exists()
    assert WarrantyCase.objects.values("project__department").distinct().count() == 12
    numbers = in_u1d1.order_by("pk").values_list("number", flat=True)
    assert list(numbers) == sorted(numbers)


def _revisits_in_every_state() -> None:
    """Plans of both levels, visits of U1 and U1D1, on whatever day the demo is loaded."""
    states = RevisitPlan.Status
    for level in Level.values:
        shown = set(RevisitPlan.objects.filter(level=level).values_list("status", flat=True))
        assert shown >= {states.IN_APPROVAL, states.RETURNED, states.APPROVED, states.CLOSED, states.DRAFT}, level
    labels = {plan.status_label for plan in RevisitPlan.objects.all()}
    assert labels >= {"变更编制中", "变更待审批", "变更退回"}
    drafted = RevisitPlan.objects.filter(status=states.DRAFT, effective__isnull=True)
    assert drafted.filter(working__lines=0).exists()
    assert drafted.filter(working__gaps__gt=0).exists()
    assert drafted.filter(working__lines__gt=0, working__gaps=0).exists()
    assert set(Waiver.objects.values_list("status", flat=True)) == {Waiver.Status.ASKED, Waiver.Status.GRANTED}
    assert PlanIssue.objects.filter(settled_at__isnull=True, kind=PlanIssue.Kind.NEW_LEDGER).count() >= 2
    assert PlanIssue.objects.filter(settled_at__isnull=False).exists()
    assert set(DraftTask.objects.values_list("state", flat=True)) == {DraftTask.State.DONE}
    for code in ("U1", "U1D1"):
        visits = Visit.objects.filter(unit__code=code)
        wanted = {Visit.Status.DUE, Visit.Status.RETRY, Visit.Status.OK, Visit.Status.PROBLEM}
        assert set(visits.values_list("status", flat=True)) >= wanted, code
        soon = timezone.localdate() + timedelta(days=31)
        assert visits.open().filter(scheduled_on__range=(timezone.localdate(), soon)).exists(), code
        about = {"content_type": ContentType.objects.get_for_model(Visit), "object_id__in": visits.values("pk")}
        assert Clock.objects.running().filter(overdue_noted_at__isnull=False, **about).exists(), code
        assert Clock.objects.filter(stopped_at__isnull=False, overdue_noted_at__isnull=False, **about).exists(), code
        assert FailedAttempt.objects.filter(visit__in=visits).count() == 2
        assert Participation.objects.filter(visit__in=visits).exists()
        assert VisitRecord.objects.filter(visit__in=visits, number=2).count() == 2
        assert WarrantyCase.objects.filter(source="visit", project__visits__unit__code=code).exists()
    made = Visit.objects.done()
    assert made.count() == VisitRecord.objects.filter(number=1).count() > 100
    assert not made.filter(visited_on__gt=timezone.localdate()).exists()


@pytest.mark.django_db
def test_production_refuses_the_default_password(settings: Any) -> None:
    settings.PRODUCTION = True
    with pytest.raises(CommandError, match="DEMO_PASSWORD"):
        call_command("seed_demo")
    assert not Unit.objects.exists()
