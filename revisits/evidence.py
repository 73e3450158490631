"""What visits take as evidence, and from whom."""

from organization.rules import Rule
from workflow.evidence import attachable

from .models import Visit
from .permissions import VIEW

# Either level's executor: the visit's own level decides by its step.
ATTACH = Rule("revisits.attach", unit="unit", label="上传回访照片与材料")


def visit_was_made(visit: Visit) -> list[str]:
    if visit.status in (Visit.Status.PLANNED, Visit.Status.CANCELLED):
        return [f"回访{visit.get_status_display()},不能增减材料。"]
    return []


attachable(
    Visit,
    view=VIEW,
    attach=ATTACH,
    kinds=(("photo", "现场照片"), ("signature", "客户签字"), ("other", "其他")),
    guard=visit_was_made,
)
