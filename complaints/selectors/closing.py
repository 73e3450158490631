"""What stands between a complaint and its end, point by point, and whose turn it is (R-B2-11, R-B2-14)."""

from collections.abc import Sequence
from dataclasses import dataclass

from complaints import clocks as C
from complaints.guards.complaint import (
    objections,
    reply_is_proved,
    result_is_evaluated,
    supervision_gaps,
    undecided,
    work_is_done,
)
from complaints.models import Complaint, Filing
from ledgers.selectors.duties import Ball

from .detail import filing_of

S = Complaint.Status
SUPERVISION = (C.SUPERVISE_UL, C.SUPERVISE_UG, C.RESULT_UL, C.RESULT_UG)
OTHERS = (C.ORDER_PM, C.ORDER_UD, C.SECOND)


@dataclass(frozen=True, slots=True)
class Check:
    """``reasons``: what is missing; none: the point is settled. ``who``: the post or the people who settle it."""

    label: str
    reasons: list[str]
    who: str


def checks_of(complaint: Complaint, duties: Sequence[Ball]) -> list[Check]:
    """The closing guards one by one; each says what it misses. ``duties``: the running clocks, with their people."""

    def who(post: str, *codes: str) -> str:
        people = [f"{ball.place} {'、'.join(ball.names)}".strip() for ball in duties if ball.code in codes]
        return ";".join(dict.fromkeys(people)) or post

    if complaint.status == S.REPLIED:
        found = [Check("回函已发出并有证明", reply_is_proved(complaint), who("二级单位工程部·回访保修管理岗", C.REPLY))]
    else:
        found = [
            Check(
                "整改完成,时间节点全部完成",
                work_is_done(complaint),
                who("项目经理部·工程管理岗", C.HANDLE, C.MILESTONE),
            ),
            Check("客户评价合格,有签字或录音", _evaluated(complaint), who("项目经理部、二级单位工程部", C.EVALUATE_PE)),
            Check("分管领导、总经理监督过程和结果", supervision_gaps(complaint), who("二级单位领导", *SUPERVISION)),
            Check("集团备案结案", _filed(complaint), who("集团工程部·回访保修管理岗", C.FILE, C.FILE_CLOSE)),
        ]
    found.append(Check("没有未办结的交办和待确认的关联", undecided(complaint), who("承办人、工程部负责人", *OTHERS)))
    others = objections(complaint)
    return [*found, *([Check("没有未完成的保修事项", others, "项目经理部")] if others else [])]


def _evaluated(complaint: Complaint) -> list[str]:
    last = complaint.evaluations.order_by("-pk").first()
    unsatisfied = ["客户尚未满意,不能结案。"] if last is not None and not last.satisfied else []
    return [*result_is_evaluated(complaint), *unsatisfied]


def _filed(complaint: Complaint) -> list[str]:
    filing = filing_of(complaint)
    if filing is None or filing.status in (Filing.Status.CANCELLED, Filing.Status.CLOSED):
        return []
    return ["集团工程部尚未填写备案结案意见。"]
