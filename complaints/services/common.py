"""What the services of this app share: locks in one order, running numbers, notes of what changed."""

from datetime import date, datetime, time, timedelta
from typing import Any, TypeVar

from django.core.exceptions import ValidationError
from django.db.models import F, Model
from django.utils import timezone

from complaints.models import Complaint, Series
from organization.models import User
from organization.models.units import Tier
from workflow.locking import lock

M = TypeVar("M", bound=Model)


def lock_complaint(pk: int) -> Complaint:
    """The complaint under a row lock, with its department and project. Always taken before what belongs to it."""
    return lock(Complaint, pk, "department", "project")


def lock_part(model: type[M], pk: int, path: str, *related: str) -> M:
    """A record that belongs to a complaint, under a lock, after the complaint's own lock: no two services can wait for
    each other. ``path`` is the lookup from the record to its complaint's id. Raises ``DoesNotExist``."""
    complaint_id: Any = model._default_manager.values_list(path, flat=True).get(pk=pk)
    lock_complaint(complaint_id)
    return lock(model, pk, *related)


def take_number(prefix: str, complaint: Complaint | None, now: datetime, *, of_group: bool = False) -> str:
    """The next number of a series: ``TS-U1-2026-0001``, per unit (or the group) and year.

    The row of the series stays locked until the transaction ends, so no number is given twice; a transaction that
    fails leaves no gap.
    """
    year = timezone.localdate(now).year
    tier = Tier.GROUP if of_group or complaint is None else Tier.UNIT
    unit = complaint.department.at_tier(tier) if complaint is not None else None
    name = f"{prefix}-{unit.code if unit else 'G'}-{year}"
    if not Series.objects.filter(name=name).update(last=F("last") + 1):
        Series.objects.get_or_create(name=name)
        Series.objects.filter(name=name).update(last=F("last") + 1)
    return f"{name}-{Series.objects.values_list('last', flat=True).get(name=name):04d}"


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


def holds_post(user: User, post: str, complaint: Complaint, now: datetime) -> bool:
    """Does the person hold a post for this complaint today, themselves or as a substitute?"""
    from organization.authority import holders_of, unit_of_post
    from organization.models import Post

    unit = unit_of_post(Post.objects.get(pk=post), complaint.department)
    return unit is not None and user in holders_of(post, unit, timezone.localdate(now))
