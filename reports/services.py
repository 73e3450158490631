"""Writes of the reports: the log of what left the portal."""

from datetime import datetime
from typing import Any

from django.db import transaction

from complaints.models import Complaint
from ledgers.models import Ledger, WarrantyCase
from organization.models import User
from revisits.models import RevisitPlan
from workflow.errors import Conflict

from .models import DownloadLog

# Excel's own limit is 1,048,576 rows; what takes longer than a request may last is refused with a way out.
MAX_LIST_ROWS = 100_000


@transaction.atomic
def record_download(
    *,
    document: str,
    code: str,
    subject: str,
    rows: int,
    purpose: str,
    detail: str = "",
    filters: dict[str, Any] | None = None,
    ledger: Ledger | None = None,
    complaint: Complaint | None = None,
    plan: RevisitPlan | None = None,
    case: WarrantyCase | None = None,
    actor: User,
    now: datetime,
) -> DownloadLog:
    """Exporting is logged with the purpose: who took which document with how many records, when, and what for."""
    return DownloadLog.objects.create(
        user=actor,
        document=document,
        code=code,
        subject=subject[:500],
        ledger=ledger,
        complaint=complaint,
        plan=plan,
        case=case,
        filters=filters or {},
        purpose=purpose,
        detail=detail.strip(),
        rows=rows,
        at=now,
    )


def refuse_too_many(count: int, parts: str = "按单位、区域或保修截止日期") -> None:
    """A list beyond ``MAX_LIST_ROWS`` is not begun: Conflict says how to get it in ``parts``."""
    if count > MAX_LIST_ROWS:
        raise Conflict(f"筛选结果有 {count:,} 项,一次最多导出 {MAX_LIST_ROWS:,} 项。请{parts}缩小范围,分几次导出。")
