"""What must hold before a step of a ledger or a warranty case: the reasons, in words, why it may not be taken yet."""

from collections.abc import Callable

from ledgers.appendix_c import missing_contacts, missing_in_head
from ledgers.evidence import AFTER, COMPLETION, PROOF, SIGNATURE
from ledgers.models import Ledger, LedgerPolicy, LedgerVersion, WarrantyCase
from workflow.models import Evidence, Transition

# Upper apps add their objections here when they are loaded (revisits: "a ledger with visits is not voided").
void_objections: list[Callable[[Ledger], list[str]]] = []


def header_gaps(version: LedgerVersion) -> list[str]:
    """What the head of Appendix C lacks."""
    return missing_in_head(version)


def is_complete(ledger: Ledger) -> list[str]:
    """Clause 5.1.1/5.1.2: header dates, address and all 13 posts, or 无此岗位 with a reason."""
    version = ledger.working
    if version is None:
        return ["台账尚未填写,请先编制。"]
    gaps = header_gaps(version)
    gaps += missing_contacts(c.as_data() for c in version.contacts.all())
    reasons = [f"缺少:{gap}" for gap in gaps]
    if version.warranty_start and version.warranty_end and version.warranty_end <= version.warranty_start:
        reasons.append("保修截止日期必须晚于保修开始日期。")
    return reasons


def one_step_is_on(ledger: Ledger) -> list[str]:
    if LedgerPolicy.current().one_step_review:
        return []
    return ["现行设置为两级审核,请使用“审核通过”,由负责人再审。"]


def two_steps_are_on(ledger: Ledger) -> list[str]:
    if LedgerPolicy.current().one_step_review:
        return ["现行设置为一级审核,请使用“审核通过并生效”。"]
    return []


def may_be_voided(ledger: Ledger) -> list[str]:
    """作废 by UH with a reason, only without visits."""
    return [reason for objection in void_objections for reason in objection(ledger)]


def completion_is_proved(ledger: Ledger) -> list[str]:
    """Ambiguity 13: 保修完成 is the end date unless a completion certificate is recorded: it is attached."""
    if Evidence.objects.about(ledger).filter(kind=COMPLETION, withdrawn_at__isnull=True).exists():
        return []
    return ["请先在台账页面上传“保修完成证明”。"]


# --- warranty cases


def is_dispatched_in_words(case: WarrantyCase) -> list[str]:
    """R-5.3.3: a dispatch names the subcontractor, the person, when to arrive and when to be done."""
    named = {
        "责任分包": case.subcontractor,
        "责任人": case.responsible,
        "要求到场时间": case.arrive_by,
        "要求完成日期": case.repair_by,
    }
    return [f"请填写{label}。" for label, value in named.items() if not value]


def is_repaired(case: WarrantyCase) -> list[str]:
    """The measures are told and shown: photos of this round."""
    reasons = [] if case.measures.strip() else ["请填写维修措施。"]
    if not _has_evidence(case, AFTER):
        reasons.append("请上传维修后照片。" if case.round == 1 else "请上传返修后照片。")
    return reasons


def is_confirmed_by_client(case: WarrantyCase) -> list[str]:
    """The client confirms this round's repair in person: name, grade, signature."""
    reasons = []
    if not case.client_confirmed_by.strip():
        reasons.append("请填写确认的客户姓名。")
    if case.satisfaction is None:
        reasons.append("请选择客户满意度。")
    if not _has_evidence(case, SIGNATURE):
        reasons.append("请上传客户签字。")
    return reasons


def is_proved_not_covered(case: WarrantyCase) -> list[str]:
    if Evidence.objects.about(case).filter(kind=PROOF, withdrawn_at__isnull=True).exists():
        return []
    return ["请先上传非保修证明(使用不当、超过保修期等)。"]


def _has_evidence(case: WarrantyCase, kind: str) -> bool:
    """Evidence of this round: what proved an earlier one does not prove the rework."""
    found = Evidence.objects.about(case).filter(kind=kind, withdrawn_at__isnull=True)
    if case.round > 1:
        returned = Transition.objects.about(case).filter(step="rework").order_by("-at", "-pk").first()
        if returned is not None:
            found = found.filter(uploaded_at__gt=returned.at)
    return bool(found.exists())


def found_on_visit(case: WarrantyCase) -> str:
    return "" if case.source == WarrantyCase.Source.VISIT else "该保修记录不是由回访转入的。"
