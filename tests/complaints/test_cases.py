"""A complaint about the warranty begins a case, and is not closed before the case is over."""

import pytest
import time_machine
from django.core.exceptions import PermissionDenied
from django.test import Client
from django.urls import reverse

from complaints.models import Complaint
from complaints.services.handling import close_complaint
from ledgers.models import WarrantyCase
from ledgers.services.cases import open_case
from tests.complaints.factories import NOW, awaiting_close, closed, closing_entries, registered, replied
from tests.ledgers.cases import CASE, voided
from tests.personas import Personas
from workflow.errors import Refused

pytestmark = [pytest.mark.django_db, pytest.mark.clause("5.3.3")]


def case_of(personas: Personas, complaint: Complaint, who: str = "uw1") -> WarrantyCase:
    return open_case(
        project=complaint.project,
        source="complaint",
        subject=complaint,
        values=CASE | {"reported_at": complaint.received_at},
        actor=personas[who],
        now=NOW,
    )


def as_user(personas: Personas, login: str) -> Client:
    client = Client()
    client.force_login(personas.fresh(login), "django.contrib.auth.backends.ModelBackend")
    return client


@pytest.mark.clause("B2-14")
def test_an_open_case_keeps_a_complaint_open(personas: Personas) -> None:
    complaint = awaiting_close(personas)
    closing_entries(personas, complaint, now=NOW)
    case = case_of(personas, complaint)
    with pytest.raises(Refused, match=case.number):
        close_complaint(complaint_id=complaint.pk, remark="", actor=personas.uw1, now=NOW)
    shown = as_user(personas, "uw1").get(reverse("complaints:complaint_close", args=[complaint.pk]))
    assert case.number in shown.content.decode()
    voided(personas, case)
    assert close_complaint(complaint_id=complaint.pk, remark="", actor=personas.uw1, now=NOW).ended


def test_a_reply_does_not_close_it_either(personas: Personas) -> None:
    complaint = replied(personas)
    case = case_of(personas, complaint)
    with pytest.raises(Refused, match=case.number):
        close_complaint(complaint_id=complaint.pk, remark="", actor=personas.uw1, now=NOW)


def test_only_a_complaint_about_the_warranty_that_is_not_over(personas: Personas) -> None:
    with pytest.raises(Refused, match="保修类"):
        case_of(personas, registered(personas, kind="schedule"))
    with pytest.raises(Refused, match="已结案"):
        case_of(personas, closed(personas))
    with pytest.raises(PermissionDenied):
        case_of(personas, registered(personas), "gw")
    assert not WarrantyCase.objects.exists()


def test_the_register_goes_over_and_the_number_is_not_shown(personas: Personas) -> None:
    with time_machine.travel(NOW, tick=False):
        complaint = registered(personas, phone="13987654321", channel="wechat")
        client = as_user(personas, "uw1")
        url = f"{reverse('ledgers:case_new')}?source=complaint&subject={complaint.pk}"
        page = client.get(reverse("complaints:complaint_detail", args=[complaint.pk])).content.decode()
        assert url.replace("&", "&amp;") in page
        form = client.get(url).content.decode()
        assert "139****4321" in form
        assert "13987654321" not in form
        entry = {**CASE, "phone": "", "covered": "", "channel": "wechat", "reported_at": "2026-03-10T09:00"}
        assert client.post(url, entry).status_code == 302
        case = WarrantyCase.objects.get()
        assert (case.phone, case.source, case.object_id) == ("13987654321", "complaint", complaint.pk)
        page = client.get(reverse("complaints:complaint_detail", args=[complaint.pk])).content.decode()
        assert case.number in page
        back = client.get(reverse("ledgers:case_detail", args=[case.pk])).content.decode()
        assert reverse("complaints:complaint_detail", args=[complaint.pk]) in back


@pytest.mark.clause("G2")
def test_who_may_not_open_a_case_is_offered_none(personas: Personas) -> None:
    complaint = registered(personas)
    page = as_user(personas, "gw").get(reverse("complaints:complaint_detail", args=[complaint.pk])).content.decode()
    assert "source=complaint" not in page
    url = f"{reverse('ledgers:case_new')}?source=complaint&subject={complaint.pk}"
    assert as_user(personas, "pw21").get(url).status_code == 404
    assert as_user(personas, "gw").get(url).status_code == 403
