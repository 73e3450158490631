"""What ledgers, projects, punch items and warranty cases take as evidence, and from whom."""

from workflow.evidence import attachable

from .models import Ledger, PunchItem, WarrantyCase
from .permissions import ATTACH_CASE, DRAFT, KEEP_PUNCH, VIEW, VIEW_CASE, VIEW_PUNCH

COMPLETION = "completion"
# R-A2-1: the term from 质量保证书/保修合同 is attached.
LEDGER_KINDS = (
    ("acceptance", "四方验收证明"),
    ("delivery", "交付使用证明"),
    ("guarantee", "工程质量保修书"),
    ("contract", "保修合同"),
    (COMPLETION, "保修完成证明"),
    ("other", "其他"),
)
PUNCH_KINDS = (("before", "问题照片"), ("after", "整改后照片"), ("other", "其他"))

BEFORE, ARRIVAL, AFTER, SIGNATURE, PROOF = "before", "arrival", "after", "signature", "proof"
CASE_KINDS = (
    (BEFORE, "问题照片"),
    (ARRIVAL, "到场照片"),
    (AFTER, "维修后照片"),
    (SIGNATURE, "客户签字"),
    (PROOF, "非保修证明"),
    ("contract", "保修合同"),
    ("other", "其他"),
)


def ledger_is_open(ledger: Ledger) -> list[str]:
    if ledger.status in (Ledger.Status.ARCHIVED, Ledger.Status.VOID):
        return [f"台账{ledger.get_status_display()},不能再增减材料。"]
    return []


def punch_is_open(item: PunchItem) -> list[str]:
    if item.status in (PunchItem.Status.CLOSED, PunchItem.Status.VOID):
        return [f"该问题{item.get_status_display()},不能再增减照片。"]
    return []


def case_is_open(case: WarrantyCase) -> list[str]:
    if case.ended:
        return [f"该保修记录{case.get_status_display()},不能再增减材料。"]
    return []


attachable(Ledger, view=VIEW, attach=DRAFT, kinds=LEDGER_KINDS, guard=ledger_is_open)
attachable(PunchItem, view=VIEW_PUNCH, attach=KEEP_PUNCH, kinds=PUNCH_KINDS, guard=punch_is_open)
attachable(WarrantyCase, view=VIEW_CASE, attach=ATTACH_CASE, kinds=CASE_KINDS, guard=case_is_open)
