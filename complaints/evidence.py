"""What complaints and their milestones take as evidence, and from whom."""

from workflow.evidence import attachable

from .guards.complaint import DISPATCH, GROUNDS, SIGNATURE, WITHDRAWAL
from .models import Complaint, Milestone
from .permissions import ATTACH, HANDLE_MILESTONE, VIEW, VIEW_MILESTONE

COMPLAINT_KINDS = (
    ("origin", "投诉原件(函件、截图、录音)"),
    (GROUNDS, "判定依据"),
    (DISPATCH, "回函发出证明"),
    (SIGNATURE, "客户签字或录音"),
    (WITHDRAWAL, "撤诉证明"),
    ("other", "其他"),
)
MILESTONE_KINDS = (("before", "整改前照片"), ("after", "整改后照片"), ("other", "其他"))


def complaint_is_open(complaint: Complaint) -> list[str]:
    if complaint.ended:
        return [f"投诉{complaint.get_status_display()},不能再增减材料。"]
    return []


def milestone_is_running(milestone: Milestone) -> list[str]:
    if milestone.status != Milestone.Status.RUNNING:
        return [f"节点{milestone.get_status_display()},不能再增减材料。"]
    return []


attachable(Complaint, view=VIEW, attach=ATTACH, kinds=COMPLAINT_KINDS, guard=complaint_is_open)
attachable(Milestone, view=VIEW_MILESTONE, attach=HANDLE_MILESTONE, kinds=MILESTONE_KINDS, guard=milestone_is_running)
