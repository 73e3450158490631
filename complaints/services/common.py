"""What the services of this app share: locks in one order, running numbers, notes of what changed."""

from collections.abc import Collection, Iterable
from datetime import date, datetime, time, timedelta
from typing import Any, TypeVar

from django.core.exceptions import ObjectDoesNotExist, ValidationError
from django.db.models import Model
from django.http import Http404
from django.utils import timezone

from complaints.models import Complaint
from organization.models import User
from organization.models.units import Tier
from workflow.locking import lock
from workflow.models import Clock
from workflow.services.numbers import take_number as next_number

M = TypeVar("M", bound=Model)


def lock_complaint(pk: int) -> Complaint:
    """The complaint under a row lock, with its department and project. Always taken before what belongs to it."""
    try:
        return lock(Complaint, pk, "department", "project")
    except ObjectDoesNotExist:
        raise Http404("没有找到该投诉。") from None


def lock_part(model: type[M], pk: int, path: str, *related: str) -> M:
    """A record that belongs to a complaint, under a lock, after the complaint's own lock: no two services can wait for
    each other. ``path`` is the lookup from the record to its complaint's id. What does not exist is 404."""
    complaint_id: Any = model._default_manager.filter(pk=pk).values_list(path, flat=True).first()
    if complaint_id is None:
        raise Http404("没有找到该记录。")
    lock_complaint(complaint_id)
    return lock(model, pk, *related)


def take_number(prefix: str, complaint: Complaint | None, now: datetime, *, of_group: bool = False) -> str:
    """The next number of a series: ``TS-U1-2026-0001``, per unit (or the group) and year."""
    tier = Tier.GROUP if of_group else Tier.UNIT
    unit = complaint.department.at_tier(tier) if complaint is not None else None
    return next_number(prefix, unit, timezone.localdate(now).year)


def end_of(day: date) -> datetime:
    """24:00 of a day: the first late moment of a duty due on it."""
    return timezone.make_aware(datetime.combine(day + timedelta(days=1), time()))


def must_be_coming(field: str, label: str, day: date | None, now: datetime) -> date:
    """A date set for somebody's work: given, and not before today."""
    if day is None:
        raise ValidationError({field: f"请填写{label}。"})
    if day < timezone.localdate(now):
        raise ValidationError({field: f"{label}不能早于今天。"})
    return day


def must_be_past(field: str, label: str, moment: datetime, now: datetime) -> None:
    if moment > now:
        raise ValidationError({field: f"{label}不能晚于现在({timezone.localtime(now):%Y-%m-%d %H:%M})。"})


def must_be_given(texts: dict[str, tuple[str, str]]) -> None:
    """``{field: (label, text)}``: each of them says something."""
    blank = {field: f"请填写{label}。" for field, (label, text) in texts.items() if not text.strip()}
    if blank:
        raise ValidationError(blank)


def must_be_one_of(field: str, label: str, value: str, choices: Collection[str]) -> None:
    if value not in choices:
        raise ValidationError({field: f"{label}无效,请重新选择。"})


def counted_from(subject: Model, codes: Iterable[str], receipt: datetime) -> list[str]:
    """Those of the running limits that count from this receipt: one that was restarted later does not follow it."""
    running = Clock.objects.about(subject).running().filter(code__in=list(codes), received_at=receipt)
    return list(running.values_list("code", flat=True))


def holds_post(user: User, post: str, complaint: Complaint, now: datetime) -> bool:
    """Does the person hold a post for this complaint today, themselves or as a substitute?"""
    from organization.authority import holders_of, unit_of_post
    from organization.models import Post

    unit = unit_of_post(Post.objects.get(pk=post), complaint.department)
    return unit is not None and user in holders_of(post, unit, timezone.localdate(now))
