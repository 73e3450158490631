"""What a person may do with a complaint now, as links: the main one first, the rest for a quiet menu."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from django.urls import NoReverseMatch, reverse

from complaints import clocks as C
from complaints.flows.complaint import FLOW
from complaints.flows.filing import FILING_FLOW
from complaints.flows.plan import PLAN_FLOW
from complaints.models import Complaint
from complaints.permissions import ASK_OPINION
from complaints.services.opinions import ASKED_IN
from ledgers.selectors.duties import Ball
from organization.models import User
from workflow.models import Transition

from .detail import filing_of, plan_of


@dataclass(frozen=True, slots=True)
class Action:
    label: str
    url: str
    icon: str
    tone: str = ""


@dataclass(slots=True)
class Actions:
    """``main``: what moves the complaint on; ``more``: everything else this person may do now."""

    main: list[Action] = field(default_factory=list)
    more: list[Action] = field(default_factory=list)
    steps: frozenset[str] = frozenset()


# (steps of which one must be open, page, label, icon), the most urgent first.
_Row = tuple[tuple[str, ...], str, str, str]
MAIN: tuple[_Row, ...] = (
    (("confirm_unit", "confirm_group"), "complaint_confirm", "二次确认", "phone"),
    (("forward",), "complaint_forward", "转办", "send"),
    (("propose_ruling",), "ruling_propose", "提出责任判定", "gavel"),
    (("merge", "refuse_merge"), "merge_decide", "办理合并", "copy"),
    (("confirm_second", "refuse_second"), "second_decide", "确认二次投诉", "flag"),
    (("return_ruling",), "ruling_decide", "确认判定", "rubber-stamp"),
    (("uphold",), "complaint_reconsider", "复议", "gavel"),
    (("satisfied",), "complaint_evaluate", "客户评价", "heart-handshake"),
    (("close", "close_replied"), "complaint_close", "结案", "archive"),
    (("finish",), "complaint_finish", "处理完成", "check"),
)
ATTEMPTS = ("attempt_unit", "attempt_group")  # past the first confirmation: demands that came unconfirmed by a merge
MORE: tuple[_Row, ...] = (
    (("communicate",), "complaint_contact", "记录沟通", "message-2"),
    (("object",), "complaint_object", "业主异议,提请复议", "arrow-back-up"),
    (("hand_over",), "complaint_hand_over", "交办", "corner-down-right"),
    (("urge",), "complaint_urge", "督办", "bell"),
    (("edit_unit", "edit_group"), "complaint_edit", "更正登记", "pencil"),
    (("propose_merge",), "merge_propose", "提出合并", "copy"),
    (("suggest_second",), "second_suggest", "提出二次投诉", "flag"),
    (("reassign",), "complaint_reassign", "转移责任单位", "switch-horizontal"),
)
DANGER: tuple[_Row, ...] = (
    (("revoke_ruling",), "ruling_revoke", "撤销判定", "ban"),
    (("withdraw",), "complaint_withdraw", "撤诉", "hand-stop"),
)
PLAN_WORDS: dict[str, str] = {
    "submit": "编制方案",
    "check": "审核方案",
    "check_final": "审核方案",
    "review": "审核方案",
    "approve": "审批方案",
    "change": "调整方案",
}
FILING_WORDS: dict[str, str] = {
    "file": "登记备案",
    "receive": "签收上报",
    "close": "备案结案",
    "result_ul": "监督处理结果",
    "result_ug": "监督处理结果",
    "track": "集团跟踪",
    "report": "上报跟踪情况",
    "supervise_ul": "监督处理过程",
    "supervise_ug": "监督处理过程",
}
# Duties of a part, each with its page.
DUTIES: dict[str, tuple[str, str]] = {
    C.MILESTONE: ("milestone_detail", "填报节点进展"),
    C.OPINION: ("opinion_detail", "反馈部门意见"),
    C.ORDER_PM: ("order_detail", "办理交办事项"),
    C.ORDER_UD: ("order_detail", "办理交办事项"),
}
# What the filing asks for by itself; the rest is at hand in the menu.
FILING_MAIN = ("file", "close", "result_ul", "result_ug")


def actions_for(
    complaint: Complaint, user: User, moves: Sequence[Transition], duties: Sequence[Ball], *, has_draft: bool
) -> Actions:
    """``moves``: the complaint's history (G5); ``duties``: its running clocks. ``has_draft``: a reply is written but
    not sent. One query more for the plan's approvals."""
    pk = complaint.pk
    steps = frozenset(step.name for step in FLOW.available(complaint, user, moves))
    found = Actions(steps=steps)
    found.main += _offered(MAIN, steps, pk)
    if not steps.isdisjoint(ATTEMPTS) and steps.isdisjoint(MAIN[0][0]):
        found.main += _action("complaint_confirm", pk, "补充二次确认", "phone")
    if "write_reply" in steps:
        send = _action("reply_dispatch", pk, "发出回函", "send") if has_draft else []
        found.main += [*send, *_action("reply_edit", pk, "修改回函" if has_draft else "编制回函", "mail")]
    _add_plan(found, complaint, user)
    _add_filing(found, complaint, user)
    _add_duties(found, duties)
    found.more += found.main[2:]
    found.main = found.main[:2]
    if complaint.status in ASKED_IN and ASK_OPINION.covers(user, complaint.department):
        found.more += _action("opinion_ask", pk, "征求部门意见", "users")
    found.more += _offered(MORE, steps, pk) + _offered(DANGER, steps, pk, tone="danger")
    return found


def _offered(rows: Iterable[_Row], steps: frozenset[str], pk: int, tone: str = "") -> list[Action]:
    return [
        each
        for names, page, label, icon in rows
        if not steps.isdisjoint(names)
        for each in _action(page, pk, label, icon, tone)
    ]


def _action(page: str, pk: int, label: str, icon: str, tone: str = "") -> list[Action]:
    """Nothing while a page does not exist."""
    try:
        return [Action(label, reverse(f"complaints:{page}", args=[pk]), icon, tone)]
    except NoReverseMatch:
        return []


def _add_plan(found: Actions, complaint: Complaint, user: User) -> None:
    plan = plan_of(complaint)
    if plan is None:
        return
    names = [step.name for step in PLAN_FLOW.available(plan, user)]
    word = next((PLAN_WORDS[name] for name in names if name in PLAN_WORDS), "")
    if word:
        link = _action("plan_detail", plan.pk, word, "clipboard-list")
        if "change" in names:
            found.more += link
        else:
            found.main = link + found.main


def _add_filing(found: Actions, complaint: Complaint, user: User) -> None:
    filing = filing_of(complaint)
    if filing is None or complaint.ended:
        return
    names = [step.name for step in FILING_FLOW.available(filing, user)]
    for name in names:
        if name in FILING_MAIN:
            found.main += _action("filing_detail", filing.pk, FILING_WORDS[name], "archive")
            return
    word = next((FILING_WORDS[name] for name in names if name in FILING_WORDS), "")
    if word:
        found.main += _action("filing_detail", filing.pk, word, "report-analytics")


def _add_duties(found: Actions, duties: Iterable[Ball]) -> None:
    """What runs for this person of a part of the complaint: the soonest of each kind."""
    asked = set()
    for ball in duties:
        if ball.mine and ball.code in DUTIES and ball.code not in asked:
            asked.add(ball.code)
            page, label = DUTIES[ball.code]
            found.main = _action(page, ball.about[1], label, "message-report") + found.main
