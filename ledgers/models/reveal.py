"""Who looked at a whole phone number, and what for."""

from django.conf import settings
from django.db import models

from .ledger import LedgerContact


class PhoneReveal(models.Model):
    """Phones show as 138****1234; revealing one is logged with the purpose. Rows are only ever added.

    Contacts of a draft are rewritten with it, so the row keeps in words whose number it was.
    """

    contact = models.ForeignKey(
        LedgerContact, on_delete=models.SET_NULL, null=True, related_name="reveals", verbose_name="联系人"
    )
    ledger = models.ForeignKey("Ledger", on_delete=models.PROTECT, related_name="reveals", verbose_name="台账")
    whose = models.CharField("查看对象", max_length=120)
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", verbose_name="查看人"
    )
    purpose = models.CharField("用途", max_length=100)
    at = models.DateTimeField("时间")

    class Meta:
        verbose_name = "查看电话记录"
        verbose_name_plural = "查看电话记录"
        ordering = ["-at", "-pk"]

    def __str__(self) -> str:
        return f"{self.user} {self.whose}"
