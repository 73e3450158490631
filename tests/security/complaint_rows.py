"""The rows of complaints: who is served at which address, in the state in which the page has something to do."""

from typing import Any

from django.utils import timezone

from tests.security.rows import (
    ADMINISTRATORS,
    ALL,
    SEES_U1D1,
    SERVED,
    STAFF,
    WHY,
    Row,
    file,
    get,
    post,
    some,
)

VIEWERS = STAFF - ADMINISTRATORS  # the register: a department's people see what was assigned to them
REGISTRARS = some("uw1 uw2 gw")
# In the scene sub1 stands in for uh1, ud1 for ul1.
UW, GW, PE, PM = some("uw1"), some("gw"), some("pe11"), some("pm11")
UH, UL, UG, GH = some("uh1 sub1"), some("ul1 ud1"), some("ug1"), some("gh")
UD = some("ud1")
PW = some("pw11")

Rows = tuple[Row, Row]


def see(args: str, **more: Any) -> Row:
    """Everybody within reach."""
    return Row(SEES_U1D1, reach=SEES_U1D1, args=args, **more)


def do(ok: frozenset[str], args: str, data: dict[str, Any], **more: Any) -> Rows:
    """The page of a step and its POST: for those whose duty it is; the others within reach get 403, the rest 404."""
    shown = more.pop("shown", frozenset([200]))
    return (
        Row(ok, reach=SEES_U1D1, args=args, served=shown),
        Row(ok, reach=SEES_U1D1, args=args, data=data, served=SERVED),
    )


def paper(args: str) -> Rows:
    """A document asks for the purpose; without one it is not handed out."""
    return see(args), see(args, data={"purpose": ""}, served=SERVED)


def today() -> str:
    return f"{timezone.localdate():%Y-%m-%d}"


def moment() -> str:
    return f"{timezone.localtime():%Y-%m-%dT%H:%M}"


def own(args: str, **more: Any) -> Row:
    """An upload is its uploader's alone; who may not import at all is told so."""
    return Row(UW, reach=ALL - REGISTRARS, args=args, **more)


CONTACT = {"kind": "talk", "method": "phone", "at": moment, "person": "周业主", "reached": "yes", "text": "告知进展"}
WEEKLY = {"milestones": "按期", "resources": "到位", "progress": "正常", "percent": "40"}

COMPLAINTS: dict[str, Row | tuple[Row, ...]] = {
    # the register
    "complaints:complaint_list": get(VIEWERS),
    "complaints:schedule_register": get(VIEWERS),
    "complaints:complaint_columns": post(ALL),
    "complaints:filter_save": (get(VIEWERS), post(VIEWERS, {"name": "我的", "query": "kind=warranty"})),
    "complaints:filter_delete": Row(UW, reach=UW, args="complaint_filter", data={}, served=SERVED),
    "complaints:complaint_new": (get(REGISTRARS), post(REGISTRARS, {"event": "渗水"})),
    "complaints:complaint_projects": get(REGISTRARS),
    "complaints:complaint_similar": get(REGISTRARS),
    "complaints:complaint_settings": (get(GH), post(GH, WHY)),
    "complaints:complaint_detail": see("complaint:handling"),
    "complaints:complaint_handling": see("complaint:handling"),
    "complaints:complaint_timeline": see("complaint:handling"),
    "complaints:complaint_phone": (see("complaint:handling"), see("complaint:handling", data={"purpose": "回访"})),
    # from registration to the ruling
    "complaints:complaint_edit": (
        *do(UW, "complaint:registered", {"event": "更正", "revision": "0"}),
        *do(GW, "complaint:group", {"event": "更正", "revision": "0"}),
        *do(UW, "complaint:handling", {"event": "更正", "revision": "0"}, shown=frozenset([409])),
    ),
    "complaints:complaint_confirm": (
        *do(UW, "complaint:registered", CONTACT),
        *do(GW, "complaint:group", CONTACT),
    ),
    "complaints:complaint_contact": do(PW | PE | PM | UW | UH | GW, "complaint:handling", CONTACT),
    "complaints:complaint_forward": do(GW, "complaint:confirmed", {"remark": ""}),
    "complaints:ruling_propose": do(UW, "complaint:awaiting_ruling", {"verdict": "not_ours", "grounds": "业主改造"}),
    "complaints:ruling_decide": do(UH, "complaint:proposed", {"decision": "yes", "remark": "同意"}),
    "complaints:ruling_revoke": do(UH, "complaint:handling", WHY),
    "complaints:complaint_reconsider": do(UH, "complaint:objected", {"decision": "uphold", "remark": "维持"}),
    # reply, evaluation, the end
    "complaints:reply_edit": do(UW, "complaint:awaiting_reply", {"subject": "答复"}),
    "complaints:reply_dispatch": do(UW, "complaint:awaiting_reply", {"method": "courier", "tracking": "SF1"}),
    "complaints:complaint_object": do(UW, "complaint:replied", WHY),
    "complaints:complaint_finish": do(PE, "complaint:handling", {"remark": "完成"}),
    "complaints:complaint_evaluate": do(PE | UW, "complaint:evaluation", {"kind": "grades", "overall": "5"}),
    "complaints:complaint_close": do(UW, "complaint:closing", {"remark": ""}),
    "complaints:complaint_withdraw": do(UW | GW, "complaint:registered", WHY),
    # links
    "complaints:merge_propose": do(UW | GW, "complaint:registered", WHY),
    "complaints:merge_decide": do(UH, "complaint:merge", {"decision": "yes", "remark": "核实"}),
    "complaints:second_suggest": do(UW | GW, "complaint:registered", {}),
    "complaints:second_decide": do(UH, "complaint:second", {"decision": "yes", "remark": "核实"}),
    "complaints:complaint_reassign": do(GH, "complaint:registered", WHY),
    # the plan
    "complaints:plan_detail": see("plan:approved"),
    "complaints:plan_timeline": see("plan:approved"),
    "complaints:plan_versions": see("plan:changing"),
    "complaints:plan_edit": do(PE, "plan:draft", {"revision": "1"}),
    "complaints:plan_submit": do(PE, "plan:draft", {}),
    # The page of all three who decide; whose turn is over is told so by 409, to come by 403. See test_matrix.
    "complaints:plan_decide": (
        *do(PM, "plan:check", {"step": "check"}),
        *do(PM | UH, "plan:review", {"step": "review"}, shown=frozenset([200, 409])),
        *do(PM | UH | UL, "plan:approval", {"step": "approve"}, shown=frozenset([200, 409])),
    ),
    "complaints:plan_change": do(PE, "plan:approved", WHY),
    "complaints:plan_drop": do(PE, "plan:changing", WHY),
    "complaints:milestone_detail": see("milestone"),
    "complaints:milestone_progress": do(PE, "milestone", {"percent": "50", "text": "过半"}),
    "complaints:milestone_finish": do(PE, "milestone", {"done_on": today, "text": "完成"}),
    "complaints:opinion_ask": do(PE | UW, "complaint:drafting", {"question": "可行否"}),
    "complaints:opinion_detail": (
        see("opinion"),
        Row(UD, reach=SEES_U1D1, args="opinion", data={"text": "可行", "follower": "杜栋一"}, served=SERVED),
    ),
    "complaints:opinion_cancel": do(PE | UW, "opinion", WHY),
    # filing, supervision, orders
    "complaints:filing_list": get(VIEWERS),
    "complaints:filing_detail": see("filing:filed"),
    "complaints:filing_timeline": see("filing:filed"),
    "complaints:filing_file": do(GW, "filing:awaiting", {"note": ""}),
    "complaints:filing_track": do(GW, "filing:filed", WEEKLY),
    "complaints:filing_report": do(UW, "filing:filed", WEEKLY),
    "complaints:filing_receive": Row(GW, reach=SEES_U1D1, args="filing:filed", data={}, served=SERVED),
    "complaints:filing_close": do(GW, "filing:closing", {"conclusion": "办结"}),
    "complaints:filing_supervise": do(UL | UG, "filing:closing", {"kind": "process", "text": "加强"}),
    "complaints:complaint_urge": do(PM | UH | UL | UG | GH, "complaint:handling", {"text": "请抓紧"}),
    "complaints:complaint_hand_over": do(UL, "complaint:handling", {"task": "协调", "due_on": today}),
    "complaints:order_detail": (see("order"), see("order:person")),
    "complaints:order_finish": (*do(PM, "order", {"result": "已办"}), *do(UD, "order:person", {"result": "已办"})),
    "complaints:order_cancel": do(UL, "order", WHY),
    # the import of an earlier register
    "complaints:import_new": (get(REGISTRARS), post(REGISTRARS)),
    "complaints:import_template": get(REGISTRARS),
    "complaints:import_detail": own("complaint_import"),
    "complaints:import_save": own("complaint_import", data={}, served=SERVED),
    "complaints:import_discard": own("complaint_import", data={}, served=SERVED),
    "complaints:import_marked": own("complaint_import", served=SERVED),
    # documents
    "reports:complaint_register_xlsx": (get(VIEWERS), post(VIEWERS, {"purpose": ""})),
    "reports:complaint_receipt": paper("complaint:registered"),
    "reports:complaint_ruling_pdf": paper("complaint:handling"),
    "reports:complaint_reply_pdf": paper("complaint:awaiting_reply"),
    "reports:complaint_evaluation_blank": paper("complaint:evaluation"),
    "reports:complaint_evaluation_pdf": paper("evaluation"),
    "reports:complaint_plan_pdf": paper("plan:approved"),
    "reports:complaint_filing_pdf": paper("filing:filed"),
    "reports:complaint_tracking_pdf": paper("filing:filed"),
    "reports:complaint_order_pdf": paper("order"),
    "reports:complaint_urge_pdf": paper("urge"),
}
# What stands on complaints at the addresses that every app's evidence shares.
EVIDENCE: dict[str, tuple[Row, ...]] = {
    "workflow:evidence_download": (see("complaint_evidence"),),
    "workflow:evidence_thumbnail": (see("complaint_evidence"),),
    "workflow:evidence_withdraw": (
        Row(PW | PE | PM | UW | UH | GW, reach=SEES_U1D1, args="complaint_evidence", data=WHY, served=SERVED),
    ),
    "workflow:evidence_attach": (
        Row(
            PW | PE | PM | UW | UH | GW,
            reach=SEES_U1D1,
            args="complaint_attach",
            data={"kind": "other", "files": file},
            served=SERVED,
        ),
    ),
}
