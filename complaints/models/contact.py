"""Contacts (二次确认, 过程反馈, 沟通记录), the people of departments who were drawn in, revealed phones."""

from django.conf import settings
from django.db import models

from ledgers.columns import PERSON_MAX

from .complaint import Complaint

CONTACT_MAX = 1000


class Contact(models.Model):
    """One contact with the complainant or the client (B.3 C01, C02; R-3.4.2), or the group's taking part (R-3.1.3).

    ``reached`` False: a failed attempt; three of them let the ruling go on without the confirmation.
    """

    class Kind(models.TextChoices):
        CONFIRM = "confirm", "二次确认"
        FEEDBACK = "feedback", "过程反馈"
        TALK = "talk", "沟通记录"
        TAKE_PART = "take_part", "集团参与"

    class Method(models.TextChoices):
        PHONE = "phone", "电话"
        VISIT = "visit", "现场"
        MEETING = "meeting", "会议"
        MESSAGE = "message", "短信/微信"
        EMAIL = "email", "电子邮件"
        LETTER = "letter", "函件"

    complaint = models.ForeignKey(Complaint, on_delete=models.PROTECT, related_name="contacts", verbose_name="投诉")
    kind = models.CharField("类别", max_length=10, choices=Kind)
    method = models.CharField("方式", max_length=10, choices=Method)
    at = models.DateTimeField("联系时间")
    person = models.CharField("联系对象", max_length=PERSON_MAX)
    reached = models.BooleanField("已联系上", default=True)
    text = models.TextField("内容", max_length=CONTACT_MAX)
    recorded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", verbose_name="记录人"
    )
    recorded_at = models.DateTimeField("记录时间")

    class Meta:
        verbose_name = "沟通记录"
        verbose_name_plural = "沟通记录"
        ordering = ["at", "pk"]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.person}"


class Assignment(models.Model):
    """A person of a department (UD) was drawn into a complaint: all that a UD sees of the register (G2)."""

    complaint = models.ForeignKey(Complaint, on_delete=models.PROTECT, related_name="assignments", verbose_name="投诉")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", verbose_name="人员")
    at = models.DateTimeField("时间")

    class Meta:
        verbose_name = "部门参与人员"
        verbose_name_plural = "部门参与人员"
        constraints = [models.UniqueConstraint(fields=["user", "complaint"], name="one_assignment")]

    def __str__(self) -> str:
        return f"{self.user} {self.complaint_id}"


class ComplaintReveal(models.Model):
    """Who looked at the complainant's whole phone number, and what for. Rows are only ever added."""

    complaint = models.ForeignKey(Complaint, on_delete=models.PROTECT, related_name="reveals", verbose_name="投诉")
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", verbose_name="查看人"
    )
    purpose = models.CharField("用途", max_length=100)
    at = models.DateTimeField("时间")

    class Meta:
        verbose_name = "查看投诉人电话记录"
        verbose_name_plural = "查看投诉人电话记录"
        ordering = ["-at", "-pk"]

    def __str__(self) -> str:
        return f"{self.user} {self.complaint_id}"
