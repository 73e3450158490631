"""Complaints as long and as tangled as they are in life, for the documents that print them."""

from datetime import datetime, timedelta
from types import SimpleNamespace

from django.utils import timezone

from complaints.models import Complaint, Filing, Milestone, Plan, Ruling, Supervision
from complaints.services.confirming import confirm_with_complainant, forward_complaint
from complaints.services.filing import close_filing, file_complaint, receive_reports, track_complaint
from complaints.services.handling import evaluate_complaint, finish_work
from complaints.services.milestones import finish_milestone
from complaints.services.opinions import ask_opinion, give_opinion
from complaints.services.planning import ResponseData, change_plan, decide_plan, save_plan, submit_plan
from complaints.services.ruling import decide_ruling, propose_ruling
from complaints.services.supervising import finish_order, hand_over, supervise_complaint, urge_complaint
from tests.complaints.factories import (
    NOW,
    decide,
    evaluation_values,
    give_evidence,
    node,
    picture,
    registered,
)
from tests.ledgers.factories import make_project
from tests.personas import Personas
from workflow.services.evidence import attach_evidence

EVENT = (
    "我单位接收的星河湾一期 3 号楼地下车库自 2026 年 2 月下旬起,B2 层东侧外墙 12 轴至 18 轴之间多处渗水,墙面大"
    "面积返碱,地面长期积水,12 个产权车位无法使用,业主群情绪激动,已有 7 户拒交物业费。物业多次向项目部报修,先后"
    "来人三次,均以表面堵漏方式处理,一周内复漏。另 1 号楼 2 单元 1801、1802、1803 三户外窗渗水,室内木地板起鼓、"
    "墙纸霉变,要求一并处理并赔偿损失。我单位要求贵集团高度重视,派专人到现场查明原因,限期彻底整改,否则将向住建"
    "部门和 12345 热线反映。"
)
DEMANDS = (
    "彻底修复 3 号楼地下车库 B2 层东侧外墙(12 轴至 18 轴)全部渗漏点,雨季不得复漏,并提供不少于 24 小时的淋水试验记录",
    "修复 1 号楼 2 单元 1801、1802、1803 三户外窗渗水",
    "更换三户起鼓的木地板和霉变的墙纸,恢复原状",
    "整改期间为 12 个车位业主提供临时停车位,费用由责任方承担",
    "书面说明渗漏原因、处理方案和完成时间",
    "每周向物业和业主代表通报一次整改进展",
)
GROUNDS = (
    "一、现场查勘:3 月 11 日会同设计、监理、物业现场查勘,外墙防水卷材搭接宽度局部不足 80 mm,阴阳角"
    "未做附加层,后浇带处卷材破损,渗漏位置与防水缺陷位置一致。\n"
    "二、资料核查:查阅防水工程隐蔽验收记录和材料进场复试报告,后浇带部位隐蔽验收影像缺失。\n"
    "三、合同依据:该部位在我方施工范围内,屋面防水、有防水要求的房间和外墙面防渗漏保修期为 5 年,目前在保修期内。\n"
    "结论:属施工质量问题,为我方责任;影响 3 户以上且拟向 12345 反映,问题严重。"
)
MEASURES = (
    "开挖东侧肥槽,凿除后浇带两侧各 1.5 m 破损卷材,阴阳角增设附加层,重新铺贴 4+3 mm SBS 卷材,"
    "完成后淋水 24 小时并留存影像",
    "拆除三户外窗密封胶,检查附框与洞口缝隙,发泡剂填充后重新打胶,逐樘淋水试验",
    "按原品牌、原色号更换木地板和墙纸,由业主签字确认",
    "租用西侧地面停车场 12 个车位,自整改开始至验收合格之日止",
    "由项目总工编制书面说明,加盖项目章后送物业和业主代表各一份",
    "每周五 16:00 在物业会议室召开例会,书面通报进展",
)
NODES = (
    ("东侧肥槽开挖、破损卷材凿除", 0, 5, "挖掘机 1 台、普工 8 人、降水泵 2 台", "按肥槽土方 640 m³、日均 160 m³ 计算"),
    ("后浇带及阴阳角附加层、SBS 卷材铺贴", 6, 14, "防水班组 6 人、SBS 卷材 300 m²、热熔机 3 套", "渗漏面积 260 m²"),
    ("淋水试验与肥槽回填", 15, 20, "试验员 2 人、回填土 640 m³、夯实机 2 台", "《地下工程防水技术规范》第 5.1 条"),
    ("1801、1802、1803 外窗打胶与淋水", 3, 10, "幕墙班组 3 人、耐候胶 60 支", "外窗 18 樘,每樘 3 支"),
    ("木地板、墙纸更换", 11, 18, "装修班组 4 人、木地板 96 m²、墙纸 140 m²", "按三户实测面积"),
)  # fmt: skip
TEXTS = {
    "overview": EVENT + "\n业主方接收人为物业工程部,现场勘查后确认影响车位 12 个、住户 3 户。",
    "cause": GROUNDS,
    "effect": "1. 外墙、外窗经 24 小时淋水试验无渗漏,雨季(6 月至 9 月)不复漏。\n2. 12 个车位恢复使用。\n"
    "3. 三户室内装修恢复原状,业主签字确认。\n4. 客户满意度评价达到“满意”及以上。",
    "liaison": "马明一(项目经理)、彭程一(工程管理岗)",
    "liaison_way": "电话、业主微信群、每周五现场例会",
    "liaison_every": "每周一次,重大事项随时",
}


def day(number: int, hour: int = 10) -> datetime:
    return NOW + timedelta(days=number, hours=hour - 10)


def severe_case(personas: Personas) -> SimpleNamespace:
    """To the group, severe: confirmed at the second attempt, a plan changed once, an unsatisfied round and a good one,
    filed, tracked, supervised, urged and charged with."""
    p = personas
    project = make_project(p, code="GC-2023-018", name="星河湾一期住宅及地下车库工程总承包(含精装修及室外管网)")
    complaint = registered(
        p, project=project, level="group", channel="letter", complainant="星河湾物业服务有限公司 赵经理",
        party="property", phone="13812345678", event=EVENT, demands=DEMANDS,
    )  # fmt: skip
    _confirmed(p, complaint)
    forward_complaint(complaint_id=complaint.pk, remark="请按时判定。", actor=p.gw, now=day(1, 9))
    attach_evidence(
        subject=complaint, file=picture("现场查勘记录.png"), actor=p.uw1, now=day(1, 15), kind="grounds",
        caption="会同监理、物业查勘",
    )  # fmt: skip
    give_evidence(p, complaint, "grounds", now=day(1, 16))
    _ruled(p, complaint, day(2, 9), confirm=False)
    _ruled(p, complaint, day(3, 9), confirm=True)
    plan = Plan.objects.get(complaint=complaint)
    filing = Filing.objects.get(complaint=complaint)
    file_complaint(filing_id=filing.pk, note="列入集团重点跟踪。", actor=p.gw, now=day(3, 15))
    opinion = ask_opinion(
        complaint_id=complaint.pk,
        asked_of=p.ud1,
        question="防水返工方案是否可行,费用如何列支",
        actor=p.uw1,
        now=day(3, 11),
    )
    give_opinion(
        opinion_id=opinion.pk,
        text="1. 建议先做示踪试验查明渗水路径,再确定开挖范围。\n2. 肥槽回填须分层夯实,并通知监理旁站。"
        "\n3. 费用先行垫付,待责任分包确认后扣回。",
        follower="杜栋一",
        actor=p.ud1,
        now=day(3, 17),
    )
    _written(p, plan, day(4))
    submit_plan(plan_id=plan.pk, actor=p.pe11, now=day(4, 11))
    decide_plan(plan_id=plan.pk, step="check", remark="同意上报。", actor=p.pm11, now=day(4, 12))
    decide_plan(plan_id=plan.pk, step="return_review", remark="补充回填要求。", actor=p.uh1, now=day(4, 15))
    submit_plan(plan_id=plan.pk, actor=p.pe11, now=day(4, 17))
    decide(p, plan, "check", "review", "approve", now=day(5, 9))
    urge = urge_complaint(
        complaint_id=complaint.pk, text="肥槽开挖已滞后一天,请项目部增加班组,确保雨季前完成。", actor=p.ul1, now=day(6)
    )
    order = hand_over(
        complaint_id=complaint.pk, task="协调分包单位增派防水班组,落实临时停车位租赁费用,并于到期前书面反馈。",
        due_on=timezone.localdate(day(9)), charged=p.ud1, actor=p.ul1, now=day(6, 11),
    )  # fmt: skip
    finish_order(order_id=order.pk, result="已增派 4 人,租赁合同已签。", actor=p.ud1, now=day(8))
    for week in range(1, 5):
        _tracked(p, filing, week)
    _changed(p, plan, day(8))
    evaluations = [_evaluated(p, complaint, day(30), good=False), _evaluated(p, complaint, day(40), good=True)]
    for kind in (Supervision.Kind.PROCESS, Supervision.Kind.RESULT):
        for who in (p.ul1, p.ug1):
            supervise_complaint(
                filing_id=filing.pk, kind=kind, text="过程管理到位,结果符合业主要求,同意。", actor=who, now=day(41)
            )
    receive_reports(filing_id=filing.pk, actor=p.gw, now=day(41, 11))
    close_filing(filing_id=filing.pk, conclusion="整改完成,客户满意,同意备案结案。", actor=p.gw, now=day(41, 12))
    for record in (complaint, plan, filing, order):
        record.refresh_from_db()
    return SimpleNamespace(
        complaint=complaint, plan=plan, filing=filing, order=order, urge=urge, evaluations=evaluations, opinion=opinion
    )


def _confirmed(p: Personas, complaint: Complaint) -> None:
    demands = list(complaint.demands.values_list("pk", flat=True))
    for reached, at in ((False, day(0, 11)), (True, day(0, 16))):
        confirm_with_complainant(
            complaint_id=complaint.pk,
            method="phone",
            at=at,
            person="赵经理",
            reached=reached,
            text="逐项核对,均属实" if reached else "无人接听",
            demands=demands if reached else [],
            actor=p.gw,
            now=at,
        )


def _ruled(p: Personas, complaint: Complaint, at: datetime, *, confirm: bool) -> Ruling:
    ruling = propose_ruling(
        complaint_id=complaint.pk, verdict="severe", grounds=GROUNDS, severity=["households", "media"], handle_by=None,
        actor=p.uw1, now=at,
    )  # fmt: skip
    decide_ruling(
        complaint_id=complaint.pk, ruling_id=ruling.pk, confirm=confirm,
        remark="同意判定,立即组织编制方案。" if confirm else "请补充后浇带隐蔽验收情况。",
        actor=p.uh1, now=at + timedelta(hours=3),
    )  # fmt: skip
    return ruling


def _written(p: Personas, plan: Plan, at: datetime, *, later: int = 0, keep: bool = False) -> None:
    plan.refresh_from_db()
    kept = list(plan.working.milestones.order_by("number")) if keep and plan.working else []
    nodes = []
    for index, (name, begin, end, resources, basis) in enumerate(NODES):
        last = end + (later if index in (1, 2) else 0)
        nodes.append(
            node(
                NOW,
                pk=kept[index].pk if kept else None,
                name=name,
                starts_on=timezone.localdate(day(begin + 6)),
                ends_on=timezone.localdate(day(last + 6)),
                criterion="24 小时淋水试验无渗漏,监理、物业签字确认" if index != 4 else "业主逐户签字确认",
                resources=resources,
                basis=basis,
            )
        )
    complaint = plan.complaint
    answers: list[ResponseData] = [
        {"demand": demand.pk, "opinion": None, "adopted": True, "measure": MEASURES[demand.number - 1]}
        for demand in complaint.demands.all()
    ]
    answers += [
        {
            "demand": None,
            "opinion": opinion.pk,
            "adopted": True,
            "measure": "采纳:开挖前做示踪试验,回填分层夯实,监理旁站",
        }
        for opinion in complaint.opinions.all()
    ]
    save_plan(
        plan_id=plan.pk, texts=TEXTS, milestones=nodes, responses=answers, revision=plan.revision, actor=p.pe11, now=at
    )


def _changed(p: Personas, plan: Plan, at: datetime) -> None:
    change_plan(plan_id=plan.pk, reason="连续降雨影响肥槽开挖和卷材铺贴,完成日期顺延 4 天。", actor=p.pe11, now=at)
    _written(p, plan, at, later=4, keep=True)
    submit_plan(plan_id=plan.pk, actor=p.pe11, now=at + timedelta(hours=1))
    decide(p, plan, "check", "review", "approve", now=at + timedelta(hours=5))


def _tracked(p: Personas, filing: Filing, week: int) -> None:
    for kind, who in (("report", p.uw1), ("track", p.gw)):
        track_complaint(
            filing_id=filing.pk,
            kind=kind,
            milestones="第 1 节点已完成;第 2 节点因降雨滞后 4 天,已履行变更审批;第 4 节点按期完成。",
            resources="防水班组 6 人到位,SBS 卷材 300 m² 全部进场并复试合格;挖掘机 1 台、降水泵 2 台在场。",
            progress="肥槽开挖完成,后浇带附加层施工完成 70%;三户外窗已打胶,淋水试验合格;临时车位已启用,业主无异议。",
            percent=min(100, week * 20),
            actor=who,
            now=day(6 + week, 15 if kind == "report" else 16),
        )
    if week == 1:
        receive_reports(filing_id=filing.pk, actor=p.gw, now=day(7, 17))


def _evaluated(p: Personas, complaint: Complaint, at: datetime, *, good: bool) -> object:
    for milestone in Milestone.objects.filter(plan_version__plan__complaint=complaint, status=Milestone.Status.RUNNING):
        finish_milestone(
            milestone_id=milestone.pk, done_on=timezone.localdate(at), text="完成并自检合格", actor=p.pe11, now=at
        )
    finish_work(complaint_id=complaint.pk, remark="已处理完毕", actor=p.pe11, now=at)
    demands = list(complaint.demands.values_list("pk", flat=True))
    opinion = "整体满意,希望雨季期间继续回访。" if good else "1802 户外窗仍有渗水,木地板色差明显,要求重新更换。"
    return evaluate_complaint(
        complaint_id=complaint.pk,
        values=evaluation_values(
            at, 4 if good else 2, client_people="星河湾物业 赵经理、业主代表 钱女士、孙先生", opinion=opinion
        ),
        met=demands if good else demands[:1],
        next_due_on=None if good else timezone.localdate(at + timedelta(days=8)),
        raise_severity=False,
        files=[picture("签字.png")],
        actor=p.uw1,
        now=at + timedelta(hours=2),
    )
