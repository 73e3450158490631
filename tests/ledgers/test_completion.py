"""保修完成 by its certificate: another base for the year after the warranty (clause 5.2.1c, ambiguity 13)."""

from datetime import date

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from ledgers.models import Ledger
from ledgers.services.completion import record_completion_of_service
from ledgers.services.expiry import expire_warranties
from revisits.models import FrequencyPolicy, PlanIssue
from revisits.selectors.scope import asked_of, projects_of
from tests.complaints.factories import PNG
from tests.personas import Personas
from tests.revisits.factories import a_ledger, approved, on
from workflow.errors import Conflict
from workflow.services.evidence import attach_evidence

pytestmark = [pytest.mark.django_db, pytest.mark.clause("5.2.1c")]
DONE = date(2026, 3, 31)


def with_certificate(personas: Personas, **values: object) -> Ledger:
    ledger = a_ledger(personas, key=True, start=date(2024, 1, 1), end=date(2026, 6, 30), **values)
    file = SimpleUploadedFile("证明.png", PNG)
    attach_evidence(subject=ledger, file=file, actor=personas.pw11, now=on(4, 1), kind="completion")
    return ledger


def record(personas: Personas, ledger: Ledger, who: str = "uh1", day: date = DONE) -> Ledger:
    return record_completion_of_service(
        ledger_id=ledger.pk, on=day, reason="保修责任全部履行完毕", actor=personas[who], now=on(4, 2)
    )


def test_the_year_after_counts_from_the_certificate_and_plans_are_named(personas: Personas) -> None:
    ledger = with_certificate(personas)
    plan = approved(personas)
    record(personas, ledger)
    rules = FrequencyPolicy.in_force().rules
    (project,) = projects_of(personas.unit("U1"), 2026, rules)
    assert project.facts.serviced_until == DONE
    first = next(each for each in asked_of(project, 2026, "unit", rules) if each.code == "K2")
    assert first.start == date(2026, 4, 1)
    issue = PlanIssue.objects.get(plan=plan)
    assert "保修完成日期 2026-03-31" in issue.text


def test_only_the_head_and_only_with_the_certificate(personas: Personas) -> None:
    bare = a_ledger(personas, key=True)
    with pytest.raises(Conflict, match="保修完成证明"):
        record(personas, bare)
    for who in ("pw11", "uw1", "uh2", "gh"):
        with pytest.raises(PermissionDenied):
            record(personas, with_certificate(personas), who)


@pytest.mark.parametrize("day", [date(2023, 12, 1), date(2026, 4, 3), date(2026, 6, 30)])
def test_a_day_that_cannot_be_is_named(personas: Personas, day: date) -> None:
    with pytest.raises(ValidationError) as problem:
        record(personas, with_certificate(personas), day=day)
    assert "on" in problem.value.message_dict


def test_the_page_asks_for_the_day_and_keeps_what_was_typed(personas: Personas, client: Client) -> None:
    ledger = with_certificate(personas)
    client.force_login(personas.uh1)
    page = reverse("ledgers:ledger_complete_service", args=[ledger.pk])
    assert "保修完成日期" in client.get(page).content.decode()
    answer = client.post(page, {"on": "2023-01-01", "remark": "已全部履行"})
    assert answer.status_code == 422
    assert "晚于保修开始日期" in answer.content.decode()
    assert "已全部履行" in answer.content.decode()
    assert client.post(page, {"on": "2026-03-31", "remark": "已全部履行"}).status_code == 302
    assert "2026-03-31" in client.get(reverse("ledgers:ledger_detail", args=[ledger.pk])).content.decode()


def test_the_after_care_of_a_key_project_ends_a_year_after_the_certificate(personas: Personas) -> None:
    ledger = with_certificate(personas)
    record(personas, ledger)
    for day in (1, 2, 3):
        expire_warranties(now=on(7, day))
    assert Ledger.objects.get(pk=ledger.pk).status == Ledger.Status.AFTERCARE
    expire_warranties(now=on(3, 31, year=2027))
    assert Ledger.objects.get(pk=ledger.pk).status == Ledger.Status.AFTERCARE
    expire_warranties(now=on(4, 1, year=2027))
    assert Ledger.objects.get(pk=ledger.pk).status == Ledger.Status.ARCHIVED
