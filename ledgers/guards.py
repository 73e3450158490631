"""What must hold before a ledger step: the reasons, in words, why it may not be taken yet."""

from collections.abc import Callable

from ledgers.appendix_c import missing_contacts, missing_in_head
from ledgers.models import Ledger, LedgerPolicy, LedgerVersion

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
