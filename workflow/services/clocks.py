"""Opening and stopping clocks. Called by ``Flow.move`` and by services, inside their transaction."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from django.contrib.contenttypes.models import ContentType
from django.db import models
from django.db.models import Case, DateTimeField, F, Q, Value, When

from organization.authority import unit_of_post
from organization.models import Unit, User
from organization.prepared import Prepared
from workflow.due import Mode, due_at, reminder_moments
from workflow.models import Clock, ClockRule, Outcome
from workflow.services.calendar import calendar_in_force
from workflow.services.new_duties import tell_new_duty
from workflow.workdays import Calendar

_RULE = Prepared(lambda code: ClockRule.objects.filter(code=code, current=True).select_related("post"))
_RUNNING = Prepared(
    lambda content_type, object_id: (
        Clock.objects.running().filter(content_type=content_type, object_id=object_id).order_by("pk")
    )
)


def open_clock(
    *,
    code: str,
    subject: models.Model,
    owner: Unit,
    title: str,
    received_at: datetime,
    now: datetime,
    due: datetime | None = None,
    version: int = 1,
    round: int = 1,
    url: str = "",
    quiet: bool = False,
    assignee: User | None = None,
    case: models.Model | None = None,
    like: Clock | None = None,
) -> Clock:
    """Start a duty's clock by the rule in force, which stays with it; a running one of the same code is kept.

    ``like`` is the clock it continues: then the rule and the kind of its due moment are that one's.
    ``assignee`` makes it that person's alone among those who hold the post (G2).
    ``case`` is the record that the subject belongs to, when that is not the subject itself.
    ``quiet`` leaves out the notice "a new duty" (imports of many rows announce themselves once).
    """
    running = running_clocks(subject)
    if code in running:
        return running[code]
    clock = build_clock(
        rule=like.rule if like else current_rule(code),
        subject=subject,
        owner=owner,
        title=title,
        received_at=received_at,
        now=now,
        version=version,
        round=round,
        due=due,
        dated=like.dated if like else None,
        assignee=assignee,
        case=case,
    )
    clock.save()
    if not quiet:
        tell_new_duty(clock, url=url, now=now)
    return clock


def run_clocks(
    *,
    subject: models.Model,
    case: models.Model,
    owner: Unit,
    stops: Iterable[str],
    starts: Sequence[str],
    outcome: Outcome,
    actor: User | None,
    now: datetime,
    version: int,
    round: int,
    received_at: datetime,
    due: datetime | None,
    assignee: User | None,
) -> list[Clock]:
    """What one step stops and starts, in one statement each; the clocks that began. A running one of the same code is
    kept. The subject's lock is held, so its running clocks are what they are."""
    if not stops and not starts:
        return []
    running = running_clocks(subject)
    if stopped := running.keys() & set(stops):
        stop_clocks(subject=subject, codes=stopped, outcome=outcome, actor=actor, now=now)
    clocks = [
        build_clock(
            rule=current_rule(code),
            subject=subject,
            owner=owner,
            title=str(subject),
            received_at=received_at,
            now=now,
            version=version,
            round=round,
            due=due,
            assignee=assignee,
            case=case,
        )
        for code in starts
        if code not in running.keys() - stopped
    ]
    return Clock.objects.bulk_create(clocks) if clocks else []


def running_clocks(subject: models.Model) -> dict[str, Clock]:
    """The running clocks of a record, by code."""
    about = ContentType.objects.get_for_model(subject).pk
    found: list[Clock] = _RUNNING.rows(content_type=about, object_id=subject.pk)
    return {clock.code: clock for clock in found}


def note_done(
    *, code: str, subject: models.Model, owner: Unit, title: str, received_at: datetime, actor: User, now: datetime
) -> Clock:
    """A duty that was done in the moment it is known of: its clock is written as a fact, stopped, told to nobody."""
    clock = build_clock(
        rule=current_rule(code), subject=subject, owner=owner, title=title, received_at=received_at, now=now
    )
    clock.stopped_at, clock.stopped_by, clock.outcome = now, actor, Outcome.DONE
    clock.next_kind, clock.next_at = "", None
    clock.overdue_noted_at = now if clock.due_at <= now else None  # G3, as in ``stop_clocks``
    clock.save()
    return clock


def open_clocks(
    *,
    code: str,
    subjects: Sequence[tuple[models.Model, Unit, str]],
    received_at: datetime | Mapping[int, datetime],
    now: datetime,
) -> None:
    """Start the same duty for many records at once, each with its owning unit and title; nobody is told singly.

    A running one of the same code is kept. The records are of one model. ``received_at`` is one moment for all, or one
    for each record by its key.
    """
    if not subjects:
        return
    rule = current_rule(code)
    content_type = ContentType.objects.get_for_model(subjects[0][0])
    running = set(
        Clock.objects.running()
        .filter(content_type=content_type, code=code, object_id__in=[subject.pk for subject, _, _ in subjects])
        .values_list("object_id", flat=True)
    )
    subjects = [each for each in subjects if each[0].pk not in running]
    receipts = {
        subject.pk: received_at if isinstance(received_at, datetime) else received_at[subject.pk]
        for subject, _, _ in subjects
    }
    calendar = calendar_in_force()
    dues = {receipt: due_at(receipt, rule.days, Mode(rule.mode), calendar) for receipt in set(receipts.values())}
    owners = {owner.pk: owner for _, owner, _ in subjects}
    units = {pk: unit_of_post(rule.post, owner) for pk, owner in owners.items()}
    Clock.objects.bulk_create(
        [
            build_clock(
                rule=rule,
                subject=subject,
                owner=owner,
                title=title,
                received_at=receipts[subject.pk],
                now=now,
                counted_due=dues[receipts[subject.pk]],
                unit=units[owner.pk],
            )
            for subject, owner, title in subjects
        ],
        batch_size=2000,
    )


def current_rule(code: str) -> ClockRule:
    found: list[ClockRule] = _RULE.rows(code=code)
    if not found:
        raise ClockRule.DoesNotExist(code)
    return found[0]


def build_clock(
    *,
    rule: ClockRule,
    subject: models.Model,
    owner: Unit,
    title: str,
    received_at: datetime,
    now: datetime,
    version: int = 1,
    round: int = 1,
    unit: Unit | None = None,
    due: datetime | None = None,
    counted_due: datetime | None = None,
    dated: bool | None = None,
    assignee: User | None = None,
    case: models.Model | None = None,
) -> Clock:
    """An unsaved clock; ``due`` overrides the counted moment where a plan sets the date itself.

    ``counted_due`` spares the counting when the caller has done it. A ``due`` that the rule counts all the same is no
    plan's date, except where the rule leaves the date to the plan; ``dated`` says it where the caller knows.
    """
    mode, case = Mode(rule.mode), case or subject
    if counted_due is None:
        counted_due = due_at(received_at, rule.days, mode, calendar_in_force() if mode.uses_calendar else Calendar())
    if dated is None:
        dated = due is not None and (due != counted_due or not rule.days)
    due = due or counted_due
    unit = unit or unit_of_post(rule.post, owner)
    if unit is None:
        raise ValueError(f"no unit of tier {rule.post.tier} above {owner}")
    first, first_at = reminder_moments(due, rule.days)[0]
    return Clock(
        content_type=ContentType.objects.get_for_model(subject),
        object_id=subject.pk,
        case_type=ContentType.objects.get_for_model(case),
        case_id=case.pk,
        code=rule.code,
        rule=rule,
        title=title[:250],
        owner=owner,
        post=rule.post,
        unit=unit,
        assignee=assignee,
        version=version,
        round=round,
        received_at=received_at,
        due_at=due,
        dated=dated,
        opened_at=now,
        next_kind=first,
        next_at=first_at,
    )


def stop_clocks(
    *,
    subject: models.Model,
    codes: Iterable[str],
    outcome: Outcome,
    actor: User | None,
    now: datetime,
) -> int:
    """Stop the running clocks of a record. The due moment and an overdue fact stay as they are.

    G3: a duty done late before any sweep has noted it (the worker was down) is noted here: the fact is immutable.
    """
    late = Q(overdue_noted_at__isnull=True, due_at__lte=now)
    noted = Case(When(late, then=Value(now)), default=F("overdue_noted_at"), output_field=DateTimeField())
    return (
        Clock.objects.about(subject)
        .running()
        .filter(code__in=list(codes))
        .update(stopped_at=now, stopped_by=actor, outcome=outcome, next_at=None, next_kind="", overdue_noted_at=noted)
    )


def stop_many(
    *, model: type[models.Model], ids: Sequence[int], outcome: Outcome, actor: User | None, now: datetime
) -> int:
    """``stop_clocks`` of many records of one model at once, whatever runs of them."""
    late = Q(overdue_noted_at__isnull=True, due_at__lte=now)
    noted = Case(When(late, then=Value(now)), default=F("overdue_noted_at"), output_field=DateTimeField())
    stopped = 0
    for start in range(0, len(ids), 500):
        stopped += (
            Clock.objects.running()
            .filter(content_type=ContentType.objects.get_for_model(model), object_id__in=ids[start : start + 500])
            .update(
                stopped_at=now, stopped_by=actor, outcome=outcome, next_at=None, next_kind="", overdue_noted_at=noted
            )
        )
    return stopped


def renew_clocks(
    *,
    subject: models.Model,
    owner: Unit,
    now: datetime,
    codes: Iterable[str] | None = None,
    received_at: datetime | None = None,
    url: str = "",
) -> int:
    """End running clocks of a record as cancelled and open the same duties anew: for another ``owner`` (a transfer,
    which does not move a due moment), or from another ``received_at`` (a corrected receipt, which does)."""
    running = Clock.objects.about(subject).running().order_by("pk")
    if codes is not None:
        running = running.filter(code__in=list(codes))
    renewed = list(running.select_related("assignee", "case_type", "rule__post"))
    for clock in renewed:
        stop_clocks(subject=subject, codes=(clock.code,), outcome=Outcome.CANCELLED, actor=None, now=now)
        open_clock(
            code=clock.code,
            subject=subject,
            owner=owner,
            title=str(subject),
            received_at=received_at or clock.received_at,
            due=None if received_at else clock.due_at,
            now=now,
            version=clock.version,
            round=clock.round,
            url=url,
            assignee=clock.assignee,
            case=clock.case_type.get_object_for_this_type(pk=clock.case_id),
            like=None if received_at else clock,
        )
    return len(renewed)
