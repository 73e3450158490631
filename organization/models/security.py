"""Failed logins counted per account name, and the log of what happened to accounts."""

from datetime import datetime

from django.conf import settings
from django.db import models


class LoginGuardQuerySet(models.QuerySet["LoginGuard"]):
    def locked(self, now: datetime) -> "LoginGuardQuerySet":
        return self.filter(locked_until__gt=now)


class LoginGuard(models.Model):
    """The failed logins of one account name, whether such an account exists or not, so that an answer betrays nothing.

    Kept in the database: every web process sees the same count, and a restart forgets none. ``failed_at`` holds the
    moments of the last few failures, so that "five within fifteen minutes" is exact for any fifteen minutes.
    """

    account = models.CharField("账号", max_length=150, primary_key=True)
    failed_at = models.JSONField("失败时间", default=list, editable=False)
    last_failed_at = models.DateTimeField("最近失败时间")
    address = models.GenericIPAddressField("来源地址", null=True, blank=True)
    locked_until = models.DateTimeField("锁定至", null=True, blank=True, db_index=True)

    objects = LoginGuardQuerySet.as_manager()

    class Meta:
        verbose_name = "登录失败计数"
        verbose_name_plural = "登录失败计数"
        ordering = ["-last_failed_at"]

    def __str__(self) -> str:
        return self.account

    @property
    def failures(self) -> int:
        return len(self.failed_at)


class SecurityEvent(models.Model):
    """Something that happened to an account. Written once, never changed; read by the audit administrator."""

    class Kind(models.TextChoices):
        LOGIN = "login", "登录成功"
        LOGIN_FAILED = "login_failed", "登录失败"
        LOCKED = "locked", "账号锁定"
        UNLOCKED = "unlocked", "解除锁定"
        LOGOUT = "logout", "退出登录"
        IDLE_LOGOUT = "idle_logout", "超时退出"
        PASSWORD_CHANGED = "password_changed", "修改密码"
        PASSWORD_RESET = "password_reset", "重置密码"
        PHONE_REVEALED = "phone_revealed", "查看手机号"

    at = models.DateTimeField("时间", db_index=True)
    kind = models.CharField("事件", max_length=20, choices=Kind)
    account = models.CharField("账号", max_length=150, db_index=True)
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name="操作人",
    )
    address = models.GenericIPAddressField("来源地址", null=True, blank=True)
    detail = models.CharField("说明", max_length=200, blank=True)

    class Meta:
        verbose_name = "安全事件"
        verbose_name_plural = "安全事件"
        ordering = ["-at", "-pk"]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} · {self.account}"
