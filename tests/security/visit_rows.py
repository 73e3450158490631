"""The rows of visits: who is served at which address."""

from typing import Any

from tests.security.complaint_rows import GW, PW, do, see, today
from tests.security.rows import ALL, BUSINESS, SEES_U1D1, SERVED, WHY, Row, file, get, post

RECORD = {
    "revision": "0",
    "method": "onsite",
    "visited_on": today,
    "visitor": "王保一",
    "respondent": "物业李经理",
    "quality": "good",
    "arrival": "none",
    "timeliness": "none",
    "effectiveness": "none",
}
UNREACHED = {"revision": "0", "tried_on": today, "excuse": "无人接听", "moved_to": today}

VISITS: dict[str, Row | tuple[Row, ...]] = {
    "revisits:visit_list": get(BUSINESS),
    "revisits:visit_columns": post(ALL),
    "revisits:project_visits": see("visit_project"),
    "revisits:visit_detail": (see("visit:due"), see("visit:made")),
    "revisits:visit_timeline": see("visit:made"),
    "revisits:visit_record": do(PW, "visit:due", RECORD),
    "revisits:visit_unreachable": do(PW, "visit:due", UNREACHED),
    "revisits:visit_move": do(PW, "visit:due", {"revision": "0", "to": today, "reason": "业主出差"}),
    "revisits:visit_correct": do(PW, "visit:made", RECORD | WHY),
    "revisits:visit_participate": do(
        GW, "visit:due", {"revision": "0", "people": "高文", "took_part_on": today, "note": "参加"}
    ),
}

ATTACHED: dict[str, Any] = {"kind": "photo", "files": file}
EVIDENCE_OF_VISITS: dict[str, tuple[Row, ...]] = {
    "workflow:evidence_download": (see("visit_evidence"),),
    "workflow:evidence_thumbnail": (see("visit_evidence"),),
    # UW holds the right for the unit's own visits, which lie at and below the unit.
    "workflow:evidence_withdraw": (
        Row(PW | frozenset(["uw1"]), reach=SEES_U1D1, args="visit_evidence", data=WHY, served=SERVED),
    ),
    "workflow:evidence_attach": (
        Row(PW | frozenset(["uw1"]), reach=SEES_U1D1, args="visit_attach", data=ATTACHED, served=SERVED),
    ),
}
