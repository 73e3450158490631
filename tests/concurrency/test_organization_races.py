"""Lockout, appointments and the matrix under real parallel requests on PostgreSQL."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier, Lock
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.db import connections
from django.utils import timezone

from organization.authority import sync_authority
from organization.errors import Conflict
from organization.models import Appointment, AuthorityCell, LoginGuard, Unit, UnitPermission, User
from organization.services import login as logins
from organization.services.appointments import appoint
from organization.services.matrix import set_actions
from organization.services.substitutes import set_substitute
from organization.services.units import create_unit
from tests.personas import Personas, make_personas

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def people(transactional_db: None) -> Personas:
    return make_personas()


def race(*calls: Callable[[], Any]) -> list[Any]:
    """Run the calls at the same moment, each on its own connection; a result or the refusal of each."""
    start = Barrier(len(calls))

    def run(call: Callable[[], Any]) -> Any:
        start.wait(timeout=20)
        try:
            return call()
        except (Conflict, ValidationError, logins.AccountLocked) as refusal:
            return refusal
        finally:
            connections.close_all()

    with ThreadPoolExecutor(len(calls)) as pool:
        return [done.result(timeout=60) for done in [pool.submit(run, call) for call in calls]]


def as_new(user: User) -> User:
    return User.objects.get(pk=user.pk)


def test_twelve_guesses_at_once_get_five_looks_at_the_password(people: Personas) -> None:
    now = timezone.now()
    looked: list[int] = []
    guard = Lock()

    def guess() -> int:
        left = logins.reserve_attempt(username="uw1", address=None, now=now)
        with guard:
            looked.append(left)  # only here would the password be checked
        return left

    results = race(*[guess] * 12)
    assert sorted(looked) == [0, 1, 2, 3, 4]
    assert sum(isinstance(r, logins.AccountLocked) for r in results) == 7
    assert LoginGuard.objects.get(account="uw1").failures == 5


def test_counting_without_the_row_lock_lets_guesses_through(people: Personas) -> None:
    """The race itself, first: read, wait, write — what ``reserve_attempt`` would be without ``select_for_update``."""
    now = timezone.now()
    LoginGuard.objects.create(account="uw1", last_failed_at=now)
    read = Barrier(4)

    def naive() -> int:
        row = LoginGuard.objects.get(account="uw1")
        read.wait(timeout=20)
        row.failed_at = [*row.failed_at, now.isoformat()]
        row.save()
        return row.failures

    race(*[naive] * 4)
    assert LoginGuard.objects.get(account="uw1").failures == 1  # three of four were lost


@pytest.mark.clause("G5")
def test_two_administrators_posts_at_once_give_one(people: Personas) -> None:
    """三员分立 holds when SYS and a business post are given to one person in the same moment."""
    now = timezone.now()

    def give(post: str, unit: str) -> Callable[[], Appointment]:
        return lambda: appoint(
            user_id=people.outsider.pk,
            post_code=post,
            unit_id=people.unit(unit).pk,
            starts_on=timezone.localdate(now),
            ends_on=None,
            reason="",
            actor=as_new(people.secadmin),
            now=now,
        )

    results = race(give("SYS", "G"), give("PW", "U1D1"), give("AUD", "G"))
    assert sum(isinstance(r, Appointment) for r in results) == 1, results
    assert Appointment.objects.filter(user=people.outsider).count() == 1


@pytest.mark.clause("G5")
def test_two_substitutes_named_at_once_give_one(people: Personas) -> None:
    now = timezone.now()
    today = timezone.localdate(now)

    def name(login: str) -> Callable[[], Appointment]:
        return lambda: set_substitute(
            principal_id=people.appointments["uw1"].pk,
            user_id=people[login].pk,
            starts_on=today,
            ends_on=today + timedelta(days=3),
            reason="",
            actor=as_new(people.uw1),
            now=now,
        )

    results = race(name("pw11"), name("pw12"))
    assert sum(isinstance(r, Appointment) for r in results) == 1, results


@pytest.mark.clause("A.4", "G2")
def test_an_appointment_made_while_a_cell_changes_misses_nothing(people: Personas) -> None:
    now = timezone.now()
    cell = AuthorityCell.objects.get(matter__code="A.4-1", post="UW")

    def withdraw() -> AuthorityCell:
        return set_actions(
            cell_id=cell.pk, actions=[], inferred=False, reason="x", actor=as_new(people.secadmin), now=now
        )

    def give() -> Appointment:
        return appoint(
            user_id=people.outsider.pk,
            post_code="UW",
            unit_id=people.unit("U3").pk,
            starts_on=timezone.localdate(now),
            ends_on=None,
            reason="",
            actor=as_new(people.secadmin),
            now=now,
        )

    race(withdraw, give)
    held = UnitPermission.objects.filter(user=people.outsider).values_list("permission__codename", flat=True)
    assert "ledgers.review" not in held
    assert sync_authority(today=timezone.localdate(now)) == (0, 0)


@pytest.mark.clause("G2")
def test_units_created_at_once_do_not_collide(people: Personas) -> None:
    now = timezone.now()

    def create(number: int) -> Callable[[], Unit]:
        return lambda: create_unit(
            parent_id=people.unit("U1").pk,
            code=f"N{number}",
            name=f"新部门{number}",
            tier="department",
            actor=as_new(people.sysadmin),
            now=now,
        )

    results = race(*[create(number) for number in range(6)])
    assert all(isinstance(r, Unit) for r in results), results
    assert Unit.objects.find_problems() == ([], [], [], [], [])


def test_sync_runs_side_by_side_without_duplicates_or_deadlock(people: Personas) -> None:
    today = timezone.localdate()
    before = UnitPermission.objects.count()
    UnitPermission.objects.filter(user__username__startswith="u").delete()
    race(*[lambda: sync_authority(today=today)] * 4)
    assert UnitPermission.objects.count() == before
