"""The tasks of the bench about complaints. Arguments and answers are plain data; see ``tasks``."""

import statistics
import time
from collections.abc import Callable
from datetime import datetime
from typing import Any

from django.core.cache import cache
from django.urls import NoReverseMatch, reverse
from django.utils import timezone

from complaints.models import Complaint, Reply
from complaints.services.registration import register_complaint
from config.demo.matters import MATTERS
from ledgers.models import Project
from organization.models import User
from reports.models import DownloadLog
from workflow.models import Clock, Transition

from . import copies
from .complaint_data import ComplaintLoader
from .people import group_there
from .rows import tidy
from .sessions import LOOPBACK, client_of, memory_mb

Answer = dict[str, Any]
SPANS = "bench:spans"  # where the made rows lie, for the multiplication to a million
MADE = 2000


def load_complaints(*, now: str, complaints: int) -> Answer:
    """``MADE`` of them one by one, the others their copies."""
    began = time.perf_counter()
    moment = datetime.fromisoformat(now)
    made = min(MADE, complaints)
    before = copies.last_keys()
    ComplaintLoader(group_there(), now=moment).load(made)
    spans = copies.spans_of(before)
    if complaints > made:
        copies.copy_all(spans, first=1, last=complaints // made - 1)
    copies.write_histories(now=moment)
    tidy()
    cache.set(SPANS, spans, None)
    return {
        "seconds": time.perf_counter() - began,
        "complaints": Complaint.objects.count(),
        "clocks": Clock.objects.count(),
        "open_clocks": Clock.objects.running().count(),
        "transitions": Transition.objects.count(),
    }


def million(*, rows: int) -> Answer:
    began = time.perf_counter()
    copies.million(cache.get(SPANS), rows=rows)
    return {"seconds": time.perf_counter() - began, "rows": Complaint.objects.count()}


def register(*, client: int, clients: int, starts_at: float, seconds: float) -> Answer:
    """One of several clients at once, each of other units: how many complaints it registers within ``seconds``."""
    found = User.objects.filter(username__regex=r"^uw[0-9]+$").order_by("pk")
    officers = list(found)[client::clients]
    projects = [
        list(Project.objects.filter(department__code__startswith=f"U{officer.username[2:]}D")[:50])
        for officer in officers
    ]
    _register(officers[0], projects[0][0], 0)  # what is loaded once
    time.sleep(max(starts_at - time.time(), 0))
    taken: list[float] = []
    while time.time() < starts_at + seconds:
        done = len(taken)
        at = done % len(officers)
        began = time.perf_counter()
        _register(officers[at], projects[at][done % len(projects[at])], done)
        taken.append(time.perf_counter() - began)
    return {"done": len(taken), "ms": statistics.median(taken) * 1000 if taken else 0.0}


def _register(officer: User, project: Project, at: int) -> None:
    matter, now = MATTERS[at % len(MATTERS)], timezone.now()
    values = {
        "received_at": now,
        "event": matter.event,
        "complainant": "周业主",
        "phone": "13900001234",
        "kind": matter.kind,
        "party": matter.party,
        "channel": matter.channel,
        "level": "unit",
        "cause": matter.cause,
        "late_reason": "",
    }
    register_complaint(project=project, values=values, demands=matter.demands, actor=officer, now=now)


def complaint_export(**_: Any) -> Answer:
    """The whole register as a workbook, through the view, as the group's officer downloads it."""
    try:
        path = reverse("reports:complaint_register_xlsx")
    except NoReverseMatch:
        return {"missing": True}
    client = client_of("gw")
    before = memory_mb("VmRSS")
    began = time.perf_counter()
    response = client.get(path, {"purpose": DownloadLog.Purpose.values[0]}, **LOOPBACK)
    size = sum(map(len, response)) if response.streaming else len(response.content)
    seconds = time.perf_counter() - began
    if response.status_code != 200:
        raise SystemExit(f"export: HTTP {response.status_code}")
    rows = Complaint.objects.count()
    return {"seconds": seconds, "mb": memory_mb(), "before_mb": before, "bytes": size, "rows": rows}


def letter(**_: Any) -> Answer:
    """One reply letter as PDF: the first (cold) and the median of five more (warm)."""
    client = client_of("gw")
    taken = []
    for complaint in Reply.objects.order_by("pk").values_list("complaint_id", flat=True)[:6]:
        began = time.perf_counter()
        try:
            path = reverse("reports:complaint_reply_pdf", args=[complaint])
        except NoReverseMatch:
            return {"missing": True}
        response = client.get(path, {"purpose": DownloadLog.Purpose.values[0]}, **LOOPBACK)
        body = b"".join(response) if response.streaming else response.content
        taken.append(time.perf_counter() - began)
        if response.status_code != 200 or not body.startswith(b"%PDF"):
            raise SystemExit(f"letter: HTTP {response.status_code}")
    return {"cold": taken[0], "warm": statistics.median(taken[1:])}


TASKS: tuple[Callable[..., Answer], ...] = (load_complaints, million, register, complaint_export, letter)
