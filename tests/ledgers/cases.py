"""Makers of warranty cases: each state is reached by the services that lead to it."""

from datetime import date, datetime, timedelta
from io import BytesIO
from itertools import count
from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile
from PIL import Image

from ledgers.models import Project, WarrantyCase
from ledgers.services.case_steps import (
    Dispatch,
    dispatch_case,
    finish_repair,
    record_arrival,
    reject_case,
    return_repair,
    verify_repair,
    void_case,
)
from ledgers.services.cases import open_case
from tests.ledgers.factories import NOW, make_project
from tests.personas import Personas

CASE: dict[str, Any] = {
    "reporter": "物业张经理",
    "phone": "13812345678",
    "reported_at": NOW,
    "channel": "phone",
    "place": "3#楼 12 层东户卫生间",
    "trade": "防水",
    "problem": "地漏周边渗水",
    "urgency": "normal",
    "part": "waterproofing",
}
REPAIR_BY = date(2026, 3, 20)
_shades = count(1)


def photo(name: str = "现场.png") -> SimpleUploadedFile:
    """A picture like no other: the same file is not kept twice."""
    shade = next(_shades)
    data = BytesIO()
    Image.new("RGB", (8, 8), (shade % 256, shade // 256 % 256, 90)).save(data, "PNG")
    return SimpleUploadedFile(name, data.getvalue(), content_type="image/png")


def terms(now: datetime = NOW, **changes: Any) -> Dispatch:
    values: dict[str, Any] = {
        "subcontractor": "宏源防水",
        "responsible": "李工",
        "arrive_by": now + timedelta(hours=24),
        "repair_by": max(REPAIR_BY, (now + timedelta(days=10)).date()),
    }
    return Dispatch(**(values | changes))


def opened(
    personas: Personas, project: Project | None = None, *, actor: str = "pw11", now: datetime = NOW, **values: Any
) -> WarrantyCase:
    """待派单, from a call."""
    given = CASE | {"reported_at": now} | values
    project = project or make_project(personas)
    return open_case(project=project, source="call", subject=None, values=given, actor=personas[actor], now=now)


def dispatched(
    personas: Personas, *, case: WarrantyCase | None = None, actor: str = "pm11", now: datetime = NOW, **values: Any
) -> WarrantyCase:
    """待到场."""
    limits = {name: values.pop(name) for name in ("arrive_by", "repair_by", "subcontractor") if name in values}
    case = case or opened(personas, now=now, **values)
    return dispatch_case(
        case_id=case.pk, dispatch=terms(now, **limits), in_warranty=True, actor=personas[actor], now=now
    )


def arrived(personas: Personas, *, actor: str = "pe11", now: datetime = NOW, **values: Any) -> WarrantyCase:
    """处理中."""
    case = dispatched(personas, now=values.pop("dispatched_at", now), **values)
    return record_arrival(case_id=case.pk, actor=personas[actor], now=now)


def repaired(personas: Personas, *, actor: str = "pe11", now: datetime = NOW, **values: Any) -> WarrantyCase:
    """待验证."""
    case = arrived(personas, actor=actor, now=now, **values)
    return finish(personas, case, actor=actor, now=now)


def finish(personas: Personas, case: WarrantyCase, *, actor: str = "pe11", now: datetime = NOW) -> WarrantyCase:
    return finish_repair(case_id=case.pk, measures="重做防水层", photos=[photo()], actor=personas[actor], now=now)


def returned(personas: Personas, *, now: datetime = NOW, **values: Any) -> WarrantyCase:
    """返修."""
    case = repaired(personas, now=now, **values)
    return return_repair(
        case_id=case.pk,
        reason="仍有渗水",
        repair_by=(now + timedelta(days=10)).date(),
        actor=personas.pw11,
        now=now + timedelta(minutes=1),
    )


def verified(personas: Personas, *, now: datetime = NOW, **values: Any) -> WarrantyCase:
    """已完成."""
    grade = values.pop("satisfaction", 5)
    case = repaired(personas, now=now, **values)
    return confirm(personas, case, satisfaction=grade, now=now)


def confirm(
    personas: Personas, case: WarrantyCase, *, actor: str = "pw11", satisfaction: int | None = 5, now: datetime = NOW
) -> WarrantyCase:
    return verify_repair(
        case_id=case.pk,
        client="张经理",
        satisfaction=satisfaction,
        signature=[photo("签字.png")],
        actor=personas[actor],
        now=now,
    )


def rejected(personas: Personas, *, now: datetime = NOW, **values: Any) -> WarrantyCase:
    """非保修."""
    case = opened(personas, now=now, **values)
    return reject_case(
        case_id=case.pk, reason="业主自行改造破坏防水层", proof=[photo("改造.png")], actor=personas.uh1, now=now
    )


def voided(personas: Personas, case: WarrantyCase | None = None, *, now: datetime = NOW) -> WarrantyCase:
    """作废."""
    case = case or opened(personas, now=now)
    return void_case(case_id=case.pk, reason="重复登记", actor=personas.uh1, now=now)
