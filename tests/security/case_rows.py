"""The rows of warranty cases: who is served at which address, in the state in which the page has something to do."""

from typing import Any

from tests.security.complaint_rows import do, moment, paper, see, today
from tests.security.rows import ALL, BUSINESS, SEES_U1D1, SERVED, WHY, Row, file, get, post, some

OPENERS = some("uw1 uw2 pw11 pe11 pw21 pw12")
PE, DISPATCHERS, VERIFIERS, UH = some("pe11"), some("pm11 uw1"), some("pw11 uw1"), some("uh1 sub1")
ENTRY: dict[str, Any] = {
    "place": "3#楼",
    "trade": "防水",
    "problem": "渗水",
    "urgency": "normal",
    "reporter": "张",
    "phone": "13812345678",
    "channel": "phone",
    "reported_at": moment,
    "covered": "",
    "revision": "0",
}
LIMITS: dict[str, Any] = {
    "subcontractor": "宏源",
    "responsible": "李",
    "arrive_by": "2199-01-01T10:00",
    "repair_by": "2199-01-02",
    "covered": "1",
    "remark": "核对",
}

CASES: dict[str, Row | tuple[Row, ...]] = {
    "ledgers:case_list": get(BUSINESS),
    "ledgers:case_columns": post(ALL),
    "ledgers:case_new": (get(OPENERS), post(OPENERS, ENTRY | {"project_text": "无此工程"})),
    "ledgers:case_projects": get(OPENERS),
    "ledgers:case_hints": post(OPENERS, {"project": "1", "part": "waterproofing"}),
    "ledgers:case_detail": (see("case:to_dispatch"), see("case:rework"), see("case:done")),
    "ledgers:case_timeline": see("case:rework"),
    "ledgers:case_phone": (see("case:done"), see("case:done", data={"purpose": "联系"})),
    "ledgers:case_edit": do(some("uw1 pw11 pe11"), "case:to_dispatch", ENTRY),
    "ledgers:case_dispatch": do(DISPATCHERS, "case:to_dispatch", LIMITS),
    "ledgers:case_reassign": do(DISPATCHERS, "case:to_arrive", LIMITS),
    "ledgers:case_arrive": (*do(PE, "case:to_arrive", {}), *do(PE, "case:rework", {})),
    "ledgers:case_finish": do(PE, "case:handling", {"measures": "重做", "photos": file}),
    "ledgers:case_verify": do(VERIFIERS, "case:to_verify", {"client": "张", "satisfaction": "5", "signature": file}),
    "ledgers:case_rework": do(VERIFIERS, "case:to_verify", {"reason": "渗水", "repair_by": today}),
    "ledgers:case_reject": do(UH, "case:handling", {"reason": "使用不当", "proof": file}),
    "ledgers:case_void": do(UH, "case:handling", WHY),
    "reports:case_list_xlsx": (get(BUSINESS), post(BUSINESS, {"purpose": ""})),
    "reports:case_pdf": paper("case:done"),
}
ATTACHERS = some("pw11 pe11 pm11 uw1 uh1 sub1")
PICTURE = {"kind": "other", "files": file}
EVIDENCE_OF_CASES: dict[str, tuple[Row, ...]] = {
    "workflow:evidence_attach": (Row(ATTACHERS, SEES_U1D1, "case:attach", PICTURE, served=SERVED),),
}
