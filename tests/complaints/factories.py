"""Makers of complaints. Every state but the first is reached by the services that lead to it, never set.

``complaint_in(personas, Status.RECTIFYING)`` walks there by the posts whose work it is, in unit 1 (U1D1).
"""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone

from complaints.models import Complaint, Evaluation, Filing, Milestone, Plan, Ruling, Supervision, Verdict
from complaints.services.confirming import confirm_with_complainant, forward_complaint
from complaints.services.filing import close_filing, file_complaint
from complaints.services.handling import close_complaint, evaluate_complaint, finish_work, withdraw_complaint
from complaints.services.links import decide_merge, propose_merge
from complaints.services.milestones import finish_milestone
from complaints.services.opinions import ask_opinion, give_opinion
from complaints.services.planning import MilestoneData, ResponseData, decide_plan, save_plan, submit_plan
from complaints.services.registration import register_complaint
from complaints.services.ruling import decide_ruling, dispatch_reply, propose_ruling, record_objection, write_reply
from complaints.services.supervising import supervise_complaint
from ledgers.models import Project
from tests.ledgers.factories import make_project
from tests.personas import Personas
from workflow.due import SHANGHAI
from workflow.models import Evidence
from workflow.services.evidence import attach_evidence

S = Complaint.Status
NOW = datetime(2026, 3, 10, 10, tzinfo=SHANGHAI)  # a Tuesday
PNG = bytes.fromhex(
    "89504e470d0a1a0a0000000d4948445200000001000000010802000000907753de0000000c49444154789c63f8cfc0000003010100c9fe92ef"
    "0000000049454e44ae426082"
)
EVENT = "地下室外墙渗水,停车位无法使用,多次报修未彻底解决"
DEMANDS = ("彻底修复地下室渗漏", "书面说明渗漏原因和处理方案")
_numbers = iter(range(1, 1_000_000))


def picture(name: str = "照片.png") -> SimpleUploadedFile:
    """A picture that nobody uploaded before."""
    return SimpleUploadedFile(name, PNG + str(next(_numbers)).encode())


def entry(now: datetime = NOW, **values: Any) -> dict[str, Any]:
    """The fields of a registration, complete unless told otherwise."""
    given: dict[str, Any] = {
        "received_at": now,
        "event": EVENT,
        "complainant": "周业主",
        "phone": "13900001234",
        "kind": "warranty",
        "party": "owner",
        "channel": "phone",
        "level": "unit",
        "cause": "resources",
        "late_reason": "",
    }
    return given | values


def registered(
    personas: Personas,
    *,
    project: Project | None = None,
    now: datetime = NOW,
    actor: str = "",
    demands: Sequence[str] = DEMANDS,
    **values: Any,
) -> Complaint:
    """已登记, by uw1; by gw when it is made to the group."""
    made = entry(now, **values)
    who = actor or ("uw1" if made["level"] == "unit" else "gw")
    project = project or make_project(personas, now=now)
    return register_complaint(project=project, values=made, demands=demands, actor=personas[who], now=now)


def confirm(personas: Personas, complaint: Complaint, *, now: datetime = NOW, actor: str = "") -> Complaint:
    """Every demand confirmed by telephone."""
    return confirm_with_complainant(
        complaint_id=complaint.pk,
        method="phone",
        at=now,
        person=complaint.complainant,
        reached=True,
        text="逐项核对,均属实",
        demands=list(complaint.demands.values_list("pk", flat=True)),
        actor=personas[actor or ("gw" if complaint.to_group else "uw1")],
        now=now,
    )


def awaiting_ruling(personas: Personas, *, now: datetime = NOW, **values: Any) -> Complaint:
    """待判定: confirmed, and forwarded when it was made to the group."""
    complaint = confirm(personas, registered(personas, now=now, **values), now=now)
    if complaint.to_group:
        complaint = forward_complaint(complaint_id=complaint.pk, remark="", actor=personas.gw, now=now)
    return complaint


def give_evidence(personas: Personas, complaint: Complaint, kind: str, *, now: datetime = NOW) -> Evidence:
    return attach_evidence(subject=complaint, file=picture(), actor=personas.uw1, now=now, kind=kind)


def proposed(
    personas: Personas, verdict: str, *, now: datetime = NOW, complaint: Complaint | None = None, **values: Any
) -> Ruling:
    """判定待确认."""
    complaint = complaint or awaiting_ruling(personas, now=now, **values)
    give_evidence(personas, complaint, "grounds", now=now)
    return propose_ruling(
        complaint_id=complaint.pk,
        verdict=verdict,
        grounds="现场查勘:外墙防水层破损,属施工质量问题" if verdict != Verdict.NOT_OURS else "渗漏由业主自行改造引起",
        severity=["households"] if verdict == Verdict.SEVERE else [],
        handle_by=timezone.localdate(now) + timedelta(days=10) if verdict == Verdict.MINOR else None,
        actor=personas.uw1,
        now=now,
    )


def ruled(
    personas: Personas, verdict: str, *, now: datetime = NOW, complaint: Complaint | None = None, **values: Any
) -> Complaint:
    """待回函, 方案编制中 or 直接处理中."""
    ruling = proposed(personas, verdict, now=now, complaint=complaint, **values)
    return decide_ruling(
        complaint_id=ruling.complaint_id,
        ruling_id=ruling.pk,
        confirm=True,
        remark="同意",
        actor=personas.uh1,
        now=now,
    )


def with_reply(personas: Personas, complaint: Complaint, *, now: datetime = NOW) -> None:
    write_reply(
        complaint_id=complaint.pk,
        addressee="周业主",
        subject="关于地下室渗水投诉的答复",
        reasons="渗漏部位为业主自行开洞处\n该部位不在我方施工范围",
        proof="现场照片 4 张\n竣工图",
        signatory="吴维一",
        actor=personas.uw1,
        now=now,
    )


def replied(personas: Personas, *, now: datetime = NOW, **values: Any) -> Complaint:
    """已回函."""
    complaint = ruled(personas, Verdict.NOT_OURS, now=now, **values)
    with_reply(personas, complaint, now=now)
    dispatch_reply(
        complaint_id=complaint.pk,
        method="courier",
        tracking="SF1234567890",
        sent_at=now,
        files=[picture("底单.png")],
        actor=personas.uw1,
        now=now,
    )
    complaint.refresh_from_db()
    return complaint


def node(now: datetime = NOW, **values: Any) -> MilestoneData:
    today = timezone.localdate(now)
    made: MilestoneData = {
        "pk": None,
        "name": "外墙防水返工",
        "starts_on": today,
        "ends_on": today + timedelta(days=20),
        "responsible": "彭程一",
        "criterion": "淋水试验 24 小时无渗漏",
        "resources": "防水班组 6 人、SBS 卷材 300 平方米",
        "basis": "按渗漏面积 260 平方米计算",
    }
    return made | values  # type: ignore[return-value]


TEXTS = {
    "overview": "地下室外墙渗水,影响 12 个车位。",
    "cause": "外墙防水层接缝处理不到位。",
    "effect": "雨季不再渗漏,车位恢复使用。",
    "liaison": "马明一",
    "liaison_way": "电话和现场例会",
    "liaison_every": "每周一次",
}


def opinion_given(personas: Personas, complaint: Complaint, *, now: datetime = NOW) -> None:
    opinion = ask_opinion(
        complaint_id=complaint.pk,
        asked_of=personas.ud1,
        question="防水返工方案是否可行",
        actor=personas.uw1,
        now=now,
    )
    give_opinion(
        opinion_id=opinion.pk, text="建议增设排水沟,先查明渗水路径。", follower="杜栋一", actor=personas.ud1, now=now
    )


def write_plan(
    personas: Personas,
    complaint: Complaint,
    *,
    now: datetime = NOW,
    nodes: Sequence[MilestoneData] | None = None,
    answered: bool = True,
    **texts: str,
) -> Plan:
    """A whole draft: every demand and opinion answered, unless ``answered`` is False."""
    plan = Plan.objects.get(complaint=complaint)
    said = "按方案返工并做淋水试验" if answered else ""
    answers: list[ResponseData] = [
        {"demand": pk, "opinion": None, "adopted": True, "measure": said}
        for pk in complaint.demands.values_list("pk", flat=True)
    ]
    answers += [
        {"demand": None, "opinion": pk, "adopted": True, "measure": said}
        for pk in complaint.opinions.filter(status="given").values_list("pk", flat=True)
    ]
    return save_plan(
        plan_id=plan.pk,
        texts=TEXTS | texts,
        milestones=[node(now)] if nodes is None else nodes,
        responses=answers,
        revision=plan.revision,
        actor=personas.pe11,
        now=now,
    )


DECIDERS = {"check": "pm11", "review": "uh1", "approve": "ul1"}


def submitted_plan(
    personas: Personas, *, now: datetime = NOW, complaint: Complaint | None = None, **values: Any
) -> Plan:
    """待项目经理审核."""
    complaint = complaint or ruled(personas, Verdict.SEVERE, now=now, **values)
    opinion_given(personas, complaint, now=now)
    plan = write_plan(personas, complaint, now=now)
    return submit_plan(plan_id=plan.pk, actor=personas.pe11, now=now)


def decide(personas: Personas, plan: Plan, *steps: str, now: datetime = NOW) -> Plan:
    """The approvals named, each by the post whose work it is."""
    for step in steps:
        plan = decide_plan(plan_id=plan.pk, step=step, remark="同意", actor=personas[DECIDERS[step]], now=now)
    return plan


def rectifying(personas: Personas, *, now: datetime = NOW, **values: Any) -> Complaint:
    """整改中: the plan approved by PM, UH and UL."""
    plan = decide(personas, submitted_plan(personas, now=now, **values), "check", "review", "approve", now=now)
    return Complaint.objects.get(pk=plan.complaint_id)


def handling(personas: Personas, *, now: datetime = NOW, **values: Any) -> Complaint:
    """直接处理中."""
    return ruled(personas, Verdict.MINOR, now=now, **values)


def finish_all(personas: Personas, complaint: Complaint, *, now: datetime = NOW) -> Complaint:
    """待评价: milestones done, PE declares the work done."""
    running = Milestone.objects.filter(plan_version__plan__complaint=complaint, status=Milestone.Status.RUNNING)
    for milestone in running:
        finish_milestone(
            milestone_id=milestone.pk,
            done_on=timezone.localdate(now),
            text="完成并自检合格",
            actor=personas.pe11,
            now=now,
        )
    return finish_work(complaint_id=complaint.pk, remark="已处理完毕", actor=personas.pe11, now=now)


def evaluation_values(now: datetime = NOW, grade: int = 5, **values: Any) -> dict[str, Any]:
    today = timezone.localdate(now)
    given: dict[str, Any] = {
        "kind": Evaluation.Kind.GRADES,
        "method": Evaluation.Method.VISIT,
        "held_on": today,
        "department_people": "彭程一、王保一",
        "unit_people": "吴维一",
        "client_people": "周业主",
        **dict.fromkeys(("response", "arrival", "measures", "result", "attitude", "overall"), grade),
        "accepted": None,
        "opinion": "",
        "signed_by": "周业主",
        "signed_on": today,
    }
    return given | values


def evaluate(
    personas: Personas,
    complaint: Complaint,
    *,
    satisfied: bool = True,
    now: datetime = NOW,
    actor: str = "uw1",
    next_due_on: date | None = None,
    raise_severity: bool = False,
) -> Evaluation:
    demands = list(complaint.demands.values_list("pk", flat=True))
    return evaluate_complaint(
        complaint_id=complaint.pk,
        values=evaluation_values(now, 5 if satisfied else 2),
        met=demands if satisfied else demands[:1],
        next_due_on=next_due_on or (None if satisfied else timezone.localdate(now) + timedelta(days=7)),
        raise_severity=raise_severity,
        files=[picture("签字.png")],
        actor=personas[actor],
        now=now,
    )


def awaiting_close(personas: Personas, *, now: datetime = NOW, severe: bool = False, **values: Any) -> Complaint:
    """待结案, already filed."""
    complaint = (rectifying if severe else handling)(personas, now=now, **values)
    file_complaint(filing_id=Filing.objects.get(complaint=complaint).pk, note="", actor=personas.gw, now=now)
    finish_all(personas, complaint, now=now)
    evaluate(personas, complaint, now=now)
    complaint.refresh_from_db()
    return complaint


def closing_entries(personas: Personas, complaint: Complaint, *, now: datetime = NOW) -> None:
    """Everything the closing guard asks of the group and of the unit's leaders."""
    filing = Filing.objects.get(complaint=complaint)
    for kind in (Supervision.Kind.PROCESS, Supervision.Kind.RESULT):
        for login in ("ul1", "ug1"):
            supervise_complaint(
                filing_id=filing.pk, kind=kind, text="过程和结果符合要求", actor=personas[login], now=now
            )
    close_filing(filing_id=filing.pk, conclusion="处理完毕,客户满意", actor=personas.gw, now=now)


def closed(personas: Personas, *, now: datetime = NOW, **values: Any) -> Complaint:
    """已结案, ours and satisfied."""
    complaint = awaiting_close(personas, now=now, **values)
    closing_entries(personas, complaint, now=now)
    return close_complaint(complaint_id=complaint.pk, remark="", actor=personas.uw1, now=now)


def merged(personas: Personas, *, now: datetime = NOW, **values: Any) -> Complaint:
    """已合并, into an older one of the same project."""
    survivor = registered(personas, now=now, **values)
    twin = registered(personas, now=now, **(values | {"project": survivor.project}))
    propose_merge(complaint_id=twin.pk, survivor_id=survivor.pk, remark="重复来电", actor=personas.uw1, now=now)
    return decide_merge(complaint_id=twin.pk, confirm=True, remark="", actor=personas.uh1, now=now)


def withdrawn(personas: Personas, *, now: datetime = NOW, **values: Any) -> Complaint:
    """已撤诉."""
    complaint = registered(personas, now=now, **values)
    return withdraw_complaint(
        complaint_id=complaint.pk, remark="误会", files=[picture("说明.png")], actor=personas.uw1, now=now
    )


def complaint_in(personas: Personas, status: str, *, now: datetime = NOW, **values: Any) -> Complaint:
    """A complaint in any state of its life."""
    if status == S.REGISTERED:
        return registered(personas, now=now, **values)
    if status == S.CONFIRMED:
        return confirm(personas, registered(personas, now=now, **({"level": "group"} | values)), now=now)
    if status == S.AWAITING_RULING:
        return awaiting_ruling(personas, now=now, **values)
    if status == S.RULING_PROPOSED:
        return proposed(personas, Verdict.SEVERE, now=now, **values).complaint
    if status == S.AWAITING_REPLY:
        return ruled(personas, Verdict.NOT_OURS, now=now, **values)
    if status == S.REPLIED:
        return replied(personas, now=now, **values)
    if status == S.RECONSIDERING:
        complaint = replied(personas, now=now, **values)
        return record_objection(complaint_id=complaint.pk, remark="业主不认可", actor=personas.uw1, now=now)
    if status == S.DRAFTING_PLAN:
        return ruled(personas, Verdict.SEVERE, now=now, **values)
    if status == S.RECTIFYING:
        return rectifying(personas, now=now, **values)
    if status == S.HANDLING:
        return handling(personas, now=now, **values)
    if status == S.AWAITING_EVALUATION:
        return finish_all(personas, handling(personas, now=now, **values), now=now)
    if status == S.AWAITING_CLOSE:
        return awaiting_close(personas, now=now, **values)
    return {S.CLOSED: closed, S.MERGED: merged, S.WITHDRAWN: withdrawn}[S(status)](personas, now=now, **values)
