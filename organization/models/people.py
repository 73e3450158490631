"""People, posts and who holds which post, where and when."""

from datetime import date
from typing import Any

from django.contrib.auth.models import AbstractUser
from django.db import models
from django.db.models import F, Q
from simple_history.models import HistoricalRecords

from .units import Tier, Unit


class User(AbstractUser):
    """A member of staff. Rights never hang on the user, only on appointments (G2)."""

    first_name = None  # type: ignore[assignment]
    last_name = None  # type: ignore[assignment]
    name = models.CharField("姓名", max_length=50)
    employee_number = models.CharField("工号", max_length=30, unique=True, null=True, blank=True)
    phone = models.CharField("手机", max_length=30, blank=True)
    must_change_password = models.BooleanField("须修改初始密码", default=False)
    authority_synced_on = models.DateField(null=True, editable=False)

    history = HistoricalRecords(excluded_fields=["password", "last_login", "authority_synced_on"])

    REQUIRED_FIELDS = ["email", "name"]

    class Meta:
        verbose_name = "人员"
        verbose_name_plural = "人员"
        ordering = ["username"]

    def __str__(self) -> str:
        return self.name or self.username

    def save(self, *args: Any, **kwargs: Any) -> None:
        """A login is a security event, no change of the person: it writes no field history."""
        if set(kwargs.get("update_fields") or ()) != {"last_login"}:
            return super().save(*args, **kwargs)
        self.skip_history_when_saving = True
        try:
            super().save(*args, **kwargs)
        finally:
            # The library asks only whether the attribute is there.
            del self.skip_history_when_saving

    def get_full_name(self) -> str:
        return self.name

    def get_short_name(self) -> str:
        return self.name

    @property
    def masked_phone(self) -> str:
        """138****1234: what lists and pages show; revealing the whole number is logged."""
        return f"{self.phone[:3]}****{self.phone[-4:]}" if len(self.phone) >= 8 else "****" if self.phone else ""


class Post(models.Model):
    """A post (岗位): a code of the standard (PW, UH, …) or one of the group's own."""

    code = models.CharField("代码", max_length=12, primary_key=True)
    name = models.CharField("名称", max_length=60)
    tier = models.CharField("层级", max_length=12, choices=Tier)
    standard = models.BooleanField("标准岗位", default=False)
    order = models.PositiveSmallIntegerField("排序", default=100)

    history = HistoricalRecords()

    class Meta:
        verbose_name = "岗位"
        verbose_name_plural = "岗位"
        ordering = ["order", "code"]

    def __str__(self) -> str:
        return self.name


class AppointmentQuerySet(models.QuerySet["Appointment"]):
    def active(self, on: date) -> "AppointmentQuerySet":
        """Appointments in force on a day. A substitute's ends with the appointment it stands in for (G5)."""
        principal = Q(substitute_for__isnull=True) | (
            Q(substitute_for__starts_on__lte=on, substitute_for__revoked=False, substitute_for__user__is_active=True)
            & (Q(substitute_for__ends_on__isnull=True) | Q(substitute_for__ends_on__gte=on))
        )
        return self.filter(
            principal,
            Q(ends_on__isnull=True) | Q(ends_on__gte=on),
            starts_on__lte=on,
            revoked=False,
            user__is_active=True,
        )

    def overlapping(self, starts_on: date, ends_on: date | None) -> "AppointmentQuerySet":
        """Appointments whose period shares at least one day with the given one; an open end lasts for ever."""
        found = self.filter(Q(ends_on__isnull=True) | Q(ends_on__gte=starts_on), revoked=False)
        return found if ends_on is None else found.filter(starts_on__lte=ends_on)

    def not_over(self, on: date) -> "AppointmentQuerySet":
        """In force on a day or later."""
        return self.overlapping(on, None)


class Appointment(models.Model):
    """A user holds a post at a unit between two dates (both included); or stands in for who does (代理, G5)."""

    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="appointments", verbose_name="人员")
    post = models.ForeignKey(Post, on_delete=models.PROTECT, related_name="appointments", verbose_name="岗位")
    unit = models.ForeignKey(Unit, on_delete=models.PROTECT, related_name="appointments", verbose_name="单位")
    starts_on = models.DateField("开始日期")
    ends_on = models.DateField("结束日期", null=True, blank=True)
    substitute_for = models.ForeignKey(
        "self", on_delete=models.PROTECT, null=True, blank=True, related_name="substitutes", verbose_name="代理"
    )
    reason = models.CharField("说明", max_length=200, blank=True)
    revoked = models.BooleanField("已撤销", default=False, help_text="尚未生效即撤销,从未产生权限")

    objects = AppointmentQuerySet.as_manager()
    history = HistoricalRecords()

    class Meta:
        verbose_name = "任职"
        verbose_name_plural = "任职"
        ordering = ["post__order", "starts_on"]
        constraints = [
            models.CheckConstraint(
                condition=Q(ends_on__isnull=True) | Q(ends_on__gte=F("starts_on")), name="appointment_dates_in_order"
            ),
            models.CheckConstraint(
                condition=Q(substitute_for__isnull=True) | Q(ends_on__isnull=False), name="substitute_has_an_end"
            ),
        ]
        indexes = [models.Index(fields=["post", "unit"])]

    def __str__(self) -> str:
        who = f"{self.user} 代 {self.substitute_for.user}" if self.substitute_for else str(self.user)
        return f"{who} · {self.unit} · {self.post}"
