"""What stands between a complaint and its end, point by point, and whose turn it is (R-B2-11, R-B2-14)."""

from dataclasses import dataclass

from complaints.guards.complaint import (
    close_objections,
    reply_is_proved,
    result_is_evaluated,
    supervision_gaps,
    undecided,
    work_is_done,
)
from complaints.models import Complaint, Filing

from .detail import filing_of

S = Complaint.Status


@dataclass(frozen=True, slots=True)
class Check:
    """``reasons``: what is missing; none: the point is settled. ``post``: who settles it."""

    label: str
    reasons: list[str]
    post: str


def checks_of(complaint: Complaint) -> list[Check]:
    """The closing guards one by one; each says itself what it misses."""
    if complaint.status == S.REPLIED:
        found = [Check("回函已发出并有证明", reply_is_proved(complaint), "二级单位工程部·回访保修管理岗")]
    else:
        found = [
            Check("整改完成,时间节点全部完成", work_is_done(complaint), "项目经理部·工程管理岗"),
            Check("客户评价合格,有签字或录音", _evaluated(complaint), "项目经理部、二级单位工程部"),
            Check("分管领导、总经理监督过程和结果", supervision_gaps(complaint), "二级单位领导"),
            Check("集团备案结案", _filed(complaint), "集团工程部·回访保修管理岗"),
        ]
    found.append(Check("没有未办结的交办和待确认的关联", undecided(complaint), "承办人、工程部负责人"))
    others = [reason for objection in close_objections for reason in objection(complaint)]
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
