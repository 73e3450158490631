"""A prepared query answers as the queryset it was made from, for every value, in every thread."""

import threading
from datetime import date, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from organization.models import Appointment, User
from organization.prepared import Prepared
from tests.personas import Personas

HELD = Prepared(
    lambda user, today: Appointment.objects.active(today).filter(user=user).select_related("unit", "post", "user")
)
DATES = Prepared(lambda user: Appointment.objects.filter(user=user).order_by("pk").values_list("starts_on", "ends_on"))


def test_it_gives_what_the_queryset_gives(personas: Personas) -> None:
    today = timezone.localdate()
    for login in ("uw1", "pw21", "sub1", "uw1"):
        user = personas[login]
        expected = list(Appointment.objects.active(today).filter(user=user).select_related("unit", "post", "user"))
        with CaptureQueriesContext(connection) as queries:
            found = HELD.rows(user=user.pk, today=today)
            assert [(row.pk, row.unit.code, row.post.name, row.user.username) for row in found] == [
                (row.pk, row.unit.code, row.post.name, row.user.username) for row in expected
            ]
        assert expected
        assert len(queries) == 1


def test_the_day_counts(personas: Personas) -> None:
    user = personas["sub1"].pk
    assert HELD.rows(user=user, today=timezone.localdate())
    assert HELD.rows(user=user, today=date(2000, 1, 1)) == []


def test_values_come_as_their_fields_say(personas: Personas) -> None:
    """SQLite keeps dates as text."""
    (row,) = DATES.rows(user=personas["sub1"].pk)
    assert row[0] + timedelta(days=1) > row[0]
    assert isinstance(row[1], date)


@pytest.mark.parametrize("number", [0, -1, 2**63 - 1, 2**63, 10**40, -(2**70)])
def test_any_number_may_stand_in_an_address(personas: Personas, number: int) -> None:
    assert DATES.rows(user=number) == []


def test_an_argument_that_is_not_used_is_a_mistake(personas: Personas) -> None:
    forgetful = Prepared(lambda user, today: User.objects.filter(pk=user))
    with pytest.raises(ValueError, match="today"):
        forgetful.rows(user=1, today=timezone.localdate())


@pytest.mark.django_db(transaction=True)
def test_threads_do_not_meet() -> None:
    people = [User.objects.create(username=f"t{n}", name=f"人员{n}") for n in range(4)]
    one = Prepared(lambda user: User.objects.filter(pk=user))
    wrong: list[str] = []

    def ask(user: User) -> None:
        try:
            for _ in range(50):
                (found,) = one.rows(user=user.pk)
                if found.username != user.username:
                    wrong.append(f"{user.username} got {found.username}")
        finally:
            connection.close()

    threads = [threading.Thread(target=ask, args=(user,)) for user in people]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []


def test_a_text_is_compared_as_it_is(personas: Personas) -> None:
    named = Prepared(lambda username: User.objects.filter(username=username).values_list("name", flat=True))
    for login in ("uw1", "gh"):
        assert named.rows(username=login) == [personas[login].name]
    assert named.rows(username="%' OR 1=1 --") == []
