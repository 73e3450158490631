"""Guards of the complaint, and which steps a complaint does not have at all."""

from collections.abc import Callable

from complaints.models import (
    Complaint,
    ComplaintPolicy,
    Contact,
    Filing,
    Milestone,
    Order,
    Plan,
    Ruling,
    Supervision,
    Verdict,
)
from workflow.models import Evidence, Transition

ATTEMPTS = 3
# The step of the filing that calls UL and UG → the kind of entry they owe.
CALLED: dict[str, str] = {
    "call_supervision": Supervision.Kind.PROCESS.value,
    "call_result_supervision": Supervision.Kind.RESULT.value,
}
DISPATCH, SIGNATURE, WITHDRAWAL, GROUNDS = "dispatch", "signature", "withdrawal", "grounds"

# Upper apps and sister apps add their objections here when they are loaded ("a warranty case is open").
close_objections: list[Callable[[Complaint], list[str]]] = []


# --- steps that a complaint does not have


def made_to_unit(complaint: Complaint) -> str:
    return "该投诉由集团工程部接收,请由集团工程部办理。" if complaint.to_group else ""


def made_to_group(complaint: Complaint) -> str:
    return "" if complaint.to_group else "该投诉由二级单位接收,请由二级单位工程部办理。"


def confirms_for_unit(complaint: Complaint) -> str:
    return made_to_unit(complaint) or _left_to_confirm(complaint)


def confirms_for_group(complaint: Complaint) -> str:
    return made_to_group(complaint) or _left_to_confirm(complaint)


def _left_to_confirm(complaint: Complaint) -> str:
    """B.3 C01/C02: past the first confirmation only what came unconfirmed by a merge, or was never reached, is left."""
    if complaint.status == Complaint.Status.REGISTERED or unconfirmed(complaint):
        return ""
    return "诉求均已确认。"


def unconfirmed(complaint: Complaint) -> list[int]:
    """The numbers of the demands that nobody has confirmed with the complainant, nor the complainant given up."""
    return [d.number for d in complaint.demands.all() if d.confirmed_at is None and not d.withdrawn_reason]


def proposed_as(verdict: Verdict) -> Callable[[Complaint], str]:
    """The proposed ruling is this one; the step of another verdict does not exist."""

    def fits(complaint: Complaint) -> str:
        ruling = proposed_ruling(complaint)
        if ruling is None or ruling.verdict != verdict:
            return f"当前提出的判定不是“{verdict.label}”,请刷新页面。"
        return ""

    return fits


def ruled_severe(complaint: Complaint) -> str:
    return "" if complaint.verdict == Verdict.SEVERE else "该投诉没有专项整改方案。"


def ruled_minor(complaint: Complaint) -> str:
    return "" if complaint.verdict == Verdict.MINOR else "该投诉已按问题严重处理。"


def is_suggested_second(complaint: Complaint) -> str:
    return "" if complaint.second == Complaint.Second.SUGGESTED else "没有等待确认的二次投诉关联。"


def is_no_second(complaint: Complaint) -> str:
    if complaint.second in (Complaint.Second.SUGGESTED, Complaint.Second.CONFIRMED):
        return f"已关联前次投诉({complaint.get_second_display()})。"
    return ""


def merge_is_proposed(complaint: Complaint) -> str:
    return "" if complaint.merge_into_id else "没有等待确认的合并。"


def merge_is_not_proposed(complaint: Complaint) -> str:
    return "已提出合并,正等待工程部负责人确认。" if complaint.merge_into_id else ""


def only_imported(complaint: Complaint) -> str:
    """Taken for many records at once by the import, never for one complaint by hand."""
    return "该步骤只在导入投诉台账时办理。"


# --- what must hold


def is_confirmed_with_complainant(complaint: Complaint) -> list[str]:
    """B.3 C01/C02: every demand confirmed item by item, or three recorded failed attempts to reach the complainant."""
    open_ones = unconfirmed(complaint)
    if not open_ones:
        return []
    failed = complaint.contacts.filter(kind=Contact.Kind.CONFIRM, reached=False).count()
    if failed >= ATTEMPTS:
        return []
    numbers = "、".join(map(str, open_ones))
    return [f"第 {numbers} 项诉求尚未与投诉人确认;未能联系上时须有 {ATTEMPTS} 次联系记录(现有 {failed} 次)。"]


def proposed_ruling(complaint: Complaint) -> Ruling | None:
    # Looked for in Python: three steps of the flow ask it of a page that has fetched the rulings.
    return next((each for each in complaint.rulings.all() if each.state == Ruling.State.PROPOSED), None)


def has_grounds(complaint: Complaint) -> list[str]:
    """Clause 5.4.2: a ruling states its grounds and rests on evidence."""
    ruling = proposed_ruling(complaint)
    reasons = []
    if ruling is None or not ruling.grounds.strip():
        reasons.append("请填写判定依据。")
    if not has_evidence(complaint):
        reasons.append("请先上传判定依据材料(投诉函件、照片、合同等)。")
    return reasons


def reply_is_proved(complaint: Complaint) -> list[str]:
    """R-5.4.2a: no closing without proof of the reply's dispatch."""
    reply = complaint.replies.order_by("-pk").first()
    if reply is None:
        return ["请先编制回函。"]
    reasons = []
    if not reply.method or not reply.tracking:
        reasons.append("请填写发出方式和快递单号(传真号、邮箱)。")
    if not Evidence.objects.about(complaint).filter(
        kind=DISPATCH, withdrawn_at__isnull=True, uploaded_at__gte=reply.written_at
    ):
        reasons.append("请上传回函发出证明(快递底单、传真回执或邮件截图)。")
    return reasons


def reply_may_be_closed(complaint: Complaint) -> list[str]:
    return [*reply_is_proved(complaint), *undecided(complaint), *objections(complaint)]


def undecided(complaint: Complaint) -> list[str]:
    """What somebody still owes an answer to when the complaint is to be closed."""
    reasons = []
    if open_orders := complaint.orders.filter(status=Order.Status.OPEN).count():
        reasons.append(f"还有 {open_orders} 份交办单未办结。")
    if complaint.second == Complaint.Second.SUGGESTED:
        reasons.append("是否为二次投诉尚待工程部负责人确认。")
    return reasons


def no_merge_waits(complaint: Complaint) -> list[str]:
    """A complaint that is ruled on is no duplicate: the proposed merge is decided first."""
    if complaint.merge_into_id:
        return ["已提出合并,请先确认合并或不予合并,再确认判定。"]
    return []


def has_evidence(complaint: Complaint, kind: str = "") -> bool:
    found = Evidence.objects.about(complaint).filter(withdrawn_at__isnull=True)
    return bool((found.filter(kind=kind) if kind else found).exists())


def withdrawal_is_proved(complaint: Complaint) -> list[str]:
    if has_evidence(complaint, WITHDRAWAL):
        return []
    return ["请先上传撤诉证明(投诉人书面说明、短信截图或录音)。"]


def work_is_done(complaint: Complaint) -> list[str]:
    """Clause 5.6.1: every milestone of the approved plan is done before the result is evaluated."""
    running = Milestone.objects.filter(plan_version__plan__complaint=complaint, status=Milestone.Status.RUNNING)
    names = list(running.values_list("name", flat=True)[:5])
    reasons = [f"时间节点未完成:{'、'.join(names)}。"] if names else []
    plan = Plan.objects.filter(complaint=complaint).first()
    if plan is not None and plan.status not in (Plan.Status.APPROVED, Plan.Status.CANCELLED):
        reasons.append(f"专项整改方案为“{plan.status_label}”,须批准或放弃调整后才能继续。")
    return reasons


def result_is_evaluated(complaint: Complaint) -> list[str]:
    """R-B2-14, R-5.7: the client's grades or acceptance of this round, with a signature or a recording."""
    evaluation = complaint.evaluations.filter(round=complaint.round).order_by("-pk").first()
    if evaluation is None:
        return ["请先填写客户满意度评价或验收确认。"]
    earlier = complaint.evaluations.exclude(pk=evaluation.pk).order_by("-pk").first()
    signed = Evidence.objects.about(complaint).filter(kind=SIGNATURE, withdrawn_at__isnull=True)
    if earlier is not None:
        signed = signed.filter(uploaded_at__gt=earlier.made_at)
    if not signed.exists():
        return ["请上传客户签字的评价表或录音。"]
    return []


def supervision_gaps(complaint: Complaint) -> list[str]:
    """B.2 step 11: UL and UG each left an entry on what they were called on to supervise: the process, the result.

    What was called for when it began is asked for, whatever the switch says now; entries on a filing that was cancelled
    meanwhile do not count for the next one.
    """
    filing = Filing.objects.filter(complaint=complaint).first()
    if filing is None:
        return []
    since = Transition.objects.about(filing).filter(at__gte=filing.opened_at)
    called = set(since.filter(step__in=CALLED).values_list("step", flat=True))
    made = set(complaint.supervisions.filter(made_at__gte=filing.opened_at).values_list("post", "kind"))
    words = {"UL": "分管领导", "UG": "总经理"}
    return [
        f"缺少{words[post]}的{Supervision.Kind(kind).label}记录。"
        for step, kind in CALLED.items()
        if step in called
        for post in words
        if (post, kind) not in made
    ]


def is_supervised(complaint: Complaint, policy: ComplaintPolicy) -> bool:
    return complaint.to_group or policy.supervise_all


def may_be_closed(complaint: Complaint) -> list[str]:
    """The closing guards: evaluated and satisfied, nothing open, supervised, the filing closed (R-B2-11, R-B2-14)."""
    reasons = [*work_is_done(complaint), *result_is_evaluated(complaint), *supervision_gaps(complaint)]
    last = complaint.evaluations.order_by("-pk").first()
    if last is not None and not last.satisfied:
        reasons.append("客户尚未满意,不能结案。")
    filing = Filing.objects.filter(complaint=complaint).exclude(status=Filing.Status.CANCELLED).first()
    if filing is not None and filing.status != Filing.Status.CLOSED:
        reasons.append("集团工程部尚未填写备案结案意见。")
    return [*reasons, *undecided(complaint), *objections(complaint)]


def objections(complaint: Complaint) -> list[str]:
    """What other records hold against the end of the complaint (an open warranty case)."""
    return [reason for objection in close_objections for reason in objection(complaint)]
