"""Two people, one ledger: exactly one wins, the other reads who did it. Real threads on PostgreSQL."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied
from django.db import connections
from django.utils import timezone

from ledgers.models import Ledger, LedgerVersion
from ledgers.services import drafting, review
from ledgers.services.review import decide_ledger, propose_change, submit_ledger
from organization.models import User
from tests.factories import appoint, make_user
from tests.ledgers.factories import make_ledger, submitted, write
from tests.personas import Personas, make_personas
from workflow.errors import Conflict
from workflow.models import Clock, Transition

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]


def race(*calls: Callable[[], Any]) -> list[Any]:
    """Run the calls at the same moment, each on its own connection; returns a result or the exception of each."""
    start = Barrier(len(calls))

    def run(call: Callable[[], Any]) -> Any:
        start.wait(timeout=20)
        try:
            return call()
        except (Conflict, PermissionDenied) as refusal:
            return refusal
        finally:
            connections.close_all()

    with ThreadPoolExecutor(len(calls)) as pool:
        return [done.result(timeout=60) for done in [pool.submit(run, call) for call in calls]]


def as_new(user: User) -> User:
    return User.objects.get(pk=user.pk)


@pytest.fixture
def people(transactional_db: None) -> Personas:
    return make_personas()


def second_head(people: Personas) -> User:
    other = make_user("uh1b", "胡次恒")
    appoint(other, "UH", people.unit("U1"))
    return as_new(other)


def decide(ledger: Ledger, step: str, actor: User, remark: str = "") -> Callable[[], Ledger]:
    return lambda: decide_ledger(ledger_id=ledger.pk, step=step, remark=remark, actor=as_new(actor), now=timezone.now())


@pytest.mark.clause("5.1.2", "G1")
def test_two_heads_approve_at_once(people: Personas) -> None:
    ledger = submitted(people)
    decide(ledger, "review", people.uw1)()
    results = race(decide(ledger, "confirm", people.uh1), decide(ledger, "confirm", second_head(people)))
    losers = [r for r in results if isinstance(r, Conflict)]
    winners = [r for r in results if isinstance(r, Ledger)]
    assert (len(winners), len(losers)) == (1, 1), results
    taken = Transition.objects.about(ledger).filter(step="confirm")
    assert taken.count() == 1
    assert taken.get().actor.name in losers[0].message
    assert "处理" in losers[0].message
    assert "已生效" in losers[0].message
    assert LedgerVersion.objects.filter(ledger=ledger, approved_at__isnull=False).count() == 1


@pytest.mark.clause("5.1.2")
def test_approval_against_return(people: Personas) -> None:
    ledger = submitted(people)
    decide(ledger, "review", people.uw1)()
    results = race(
        decide(ledger, "confirm", people.uh1),
        decide(ledger, "return_confirm", second_head(people), "电话停机"),
    )
    assert sum(isinstance(r, Conflict) for r in results) == 1
    ledger.refresh_from_db()
    assert ledger.status in (Ledger.Status.EFFECTIVE, Ledger.Status.RETURNED)
    running = set(Clock.objects.about(ledger).running().values_list("code", flat=True))
    assert running == ({"ledger.rework"} if ledger.status == Ledger.Status.RETURNED else set())


@pytest.mark.clause("5.1.1")
def test_an_edit_against_the_submission(people: Personas) -> None:
    """Whichever is first, the other is told; a submitted ledger never changes under the reviewer."""
    ledger = write(people, make_ledger(people))
    name = "改名后的工程"
    results = race(
        lambda: submit_ledger(ledger_id=ledger.pk, actor=as_new(people.pw11), now=timezone.now()),
        lambda: write(people, ledger, name=name),
    )
    ledger.refresh_from_db()
    refused = [r for r in results if isinstance(r, Conflict)]
    assert len(refused) <= 1
    version = ledger.working
    assert version is not None
    if refused:
        assert version.name != name
    else:  # the edit came first and was then submitted as it is
        assert version.name == name
    assert ledger.status == Ledger.Status.IN_REVIEW


@pytest.mark.clause("5.1.1")
def test_two_changes_are_not_begun_at_once(people: Personas) -> None:
    ledger = submitted(people)
    decide(ledger, "review", people.uw1)()
    decide(ledger, "confirm", people.uh1)()
    other = make_user("pw11b", "王次保")
    appoint(other, "PW", people.unit("U1D1"))

    def change(actor: User) -> Callable[[], Ledger]:
        return lambda: propose_change(ledger_id=ledger.pk, reason="联系人变更", actor=as_new(actor), now=timezone.now())

    results = race(change(people.pw11), change(other))
    assert sum(isinstance(r, Conflict) for r in results) == 1
    assert ledger.versions.count() == 2


def test_without_the_lock_both_would_win(people: Personas, monkeypatch: pytest.MonkeyPatch) -> None:
    """The race is real: the same two approvals, read without the row lock, are both taken."""
    ledger = submitted(people)
    decide(ledger, "review", people.uw1)()
    both_have_read = Barrier(2)

    def read_without_lock(ledger_id: int) -> Ledger:
        found = Ledger.objects.select_related("project__department", "working", "effective").get(pk=ledger_id)
        both_have_read.wait(timeout=20)
        return found

    monkeypatch.setattr(drafting, "lock_ledger", read_without_lock)
    monkeypatch.setattr(review, "lock_ledger", read_without_lock)
    results = race(decide(ledger, "confirm", people.uh1), decide(ledger, "confirm", second_head(people)))
    assert all(isinstance(r, Ledger) for r in results)
    assert Transition.objects.about(ledger).filter(step="confirm").count() == 2
