"""The demo group: what the contract promises of it."""

from typing import Any

import pytest
from django.conf import settings as configured
from django.core.management import call_command
from django.core.management.base import CommandError
from django.db.models import F

from ledgers.models import Ledger, PunchItem
from organization.models import Unit, User
from workflow.models import Clock, Transition


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

    count = Ledger.objects.count()
    call_command("seed_demo")  # a second time leaves everything as it is
    assert Ledger.objects.count() == count


@pytest.mark.django_db
def test_production_refuses_the_default_password(settings: Any) -> None:
    settings.PRODUCTION = True
    with pytest.raises(CommandError, match="DEMO_PASSWORD"):
        call_command("seed_demo")
    assert not Unit.objects.exists()
