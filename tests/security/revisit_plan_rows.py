"""The rows of the pages of a revisit plan: read by everybody within reach, written by who drafts it."""

from typing import Any

from tests.security.complaint_rows import PW, UW, do, see
from tests.security.rows import SEES_U1D1, SERVED, WHY, Row, some

LINE = {"revision": "0", "on": "2026-03-03", "method": "onsite", "visitor": ""}
OF_UNIT = SEES_U1D1 - some("pw11 pe11 pm11")  # a unit's plan is not its departments'


def write(args: str, data: dict[str, Any]) -> Row:
    return Row(PW, reach=SEES_U1D1, args=args, data=data, served=SERVED)


PLANS: dict[str, Row | tuple[Row, ...]] = {
    **{
        f"revisits:plan_{name}": (see("plan_draft"), Row(OF_UNIT, reach=OF_UNIT, args="plan_changed"))
        for name in ("detail", "report", "timeline", "versions")
    },
    "revisits:plan_project": (see("plan_draft_project"), write("plan_draft_project", LINE)),
    "revisits:line_edit": do(PW, "plan_draft_line", LINE),
    "revisits:line_remove": write("plan_draft_line", {"revision": "0"}),
    "revisits:line_move": write("plan_draft_line", {"revision": "0", "month": "3"}),
    "revisits:plan_visitors": do(PW, "plan_draft", {"revision": "0", "visitor": ""}),
    "revisits:plan_draft": write("plan_draft", {"revision": "0"}),
    "revisits:plan_repair": write("plan_draft", {"revision": "0", "gap": ""}),
    "revisits:plan_submit": do(PW, "plan_draft", {"revision": "0", "remark": ""}),
    "revisits:plan_change": do(PW, "plan_approved", WHY),
    "revisits:plan_drop": (
        Row(UW, reach=OF_UNIT, args="plan_changed"),
        Row(UW, reach=OF_UNIT, args="plan_changed", data=WHY, served=SERVED),
    ),
}
