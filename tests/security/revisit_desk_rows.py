"""The rows of the desk of revisit plans: who decides, asks, settles, orders drafts and sets the frequencies."""

from typing import Any

from tests.security.complaint_rows import GH, PW, UW, do
from tests.security.revisit_plan_rows import OF_UNIT
from tests.security.rows import BUSINESS, SEES_U1D1, SERVED, WHY, Row, get, post, some

DRAFTERS = some("uw1 uw2 pw11 pw21 pw12")
PREPARERS = some("uw1 uw2 gw")


def of_unit(ok: frozenset[str], args: str, **more: Any) -> Row:
    return Row(ok, reach=OF_UNIT, args=args, **more)


DESK: dict[str, Row | tuple[Row, ...]] = {
    "revisits:plan_list": get(BUSINESS),
    "revisits:plans_approve": post(BUSINESS, {"plan": ["1:0"]}),
    "revisits:plan_start": (get(BUSINESS), post(DRAFTERS, {"unit": "1", "year": "2026"})),
    "revisits:plan_decide": (
        of_unit(GH, "plan_waiting"),
        of_unit(GH, "plan_waiting", data={"decision": "approve", "revision": "0"}, served=SERVED),
    ),
    # Which gap is meant, the query says; without it there is none to ask for.
    "revisits:waiver_ask": (
        of_unit(UW, "plan_waiting", served=frozenset([404])),
        of_unit(UW, "plan_waiting", data={"project": "1", "rule": "Q1", **WHY}, served=SERVED),
    ),
    "revisits:waiver_decide": (
        of_unit(GH, "waiver"),
        of_unit(GH, "waiver", data={"grant": "1", "remark": ""}, served=SERVED),
    ),
    "revisits:issue_list": get(BUSINESS),
    "revisits:issue_settle": do(PW, "plan_issue", WHY),
    "revisits:policy": get(BUSINESS),
    "revisits:policy_edit": (get(GH), post(GH, WHY)),
    "revisits:job_list": get(BUSINESS),
    "revisits:job_new": (get(PREPARERS), post(PREPARERS, {"unit": "1", "year": "2026"})),
    "revisits:job_detail": Row(SEES_U1D1, reach=SEES_U1D1, args="draft_job"),
    "revisits:job_stop": Row(UW, reach=SEES_U1D1, args="draft_job", data={}, served=SERVED),
}
