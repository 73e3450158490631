"""Complaints and warranty cases: a complaint about the warranty begins one, and is not closed before it is over."""

from operator import attrgetter
from typing import Any

from complaints.models import Complaint
from ledgers.models import WarrantyCase
from ledgers.models.case import PROBLEM_MAX
from ledgers.selectors.cases import open_cases_of
from ledgers.sources import CaseSource, declare_source

C, W = Complaint.Channel, WarrantyCase.Channel
CHANNELS: dict[str, str] = {
    C.LETTER: W.LETTER,
    C.COURIER: W.LETTER,
    C.EMAIL: W.EMAIL,
    C.PHONE: W.PHONE,
    C.SMS: W.SMS,
    C.WECHAT: W.WECHAT,
}
SHOWN = 5


def carries(complaint: Complaint) -> dict[str, Any]:
    """R-5.3.3 likewise: what the register knows goes over."""
    return {
        "reporter": complaint.complainant,
        "phone": complaint.phone,
        "reported_at": complaint.received_at,
        "channel": CHANNELS.get(complaint.channel, W.OTHER),
        "problem": complaint.event[:PROBLEM_MAX],
    }


def begins_no_case(complaint: Complaint) -> list[str]:
    if complaint.kind != Complaint.Kind.WARRANTY:
        return ["只有保修类投诉可以转为保修记录。"]
    if complaint.ended:
        return [f"该投诉{complaint.get_status_display()},不能再转为保修记录。"]
    return []


def cases_stand_open(complaint: Complaint) -> list[str]:
    """Closing guard: no open milestone or case."""
    numbers = list(open_cases_of(complaint).values_list("number", flat=True)[: SHOWN + 1])
    if not numbers:
        return []
    more = "等" if len(numbers) > SHOWN else ""
    return [f"保修记录未办结:{'、'.join(numbers[:SHOWN])}{more}。"]


declare_source(CaseSource(WarrantyCase.Source.COMPLAINT, Complaint, attrgetter("project"), carries, begins_no_case))
