"""How a warranty case begins: what the record it comes from knows already, and when it may begin one.

Lower apps name no upper ones: each app declares its own records here when it is loaded.
"""

from collections.abc import Callable
from dataclasses import dataclass
from operator import attrgetter
from typing import Any, ClassVar

from django.contrib.contenttypes.models import ContentType
from django.db.models import Model
from django.http import Http404

from ledgers.models import Project, PunchItem, WarrantyCase
from organization.models import User
from workflow.flow import Flow


@dataclass(frozen=True)
class CaseSource:
    """``project`` of the record; ``carries``: the fields that go over, as ``ledgers.services.cases.FIELDS``;
    ``objections``: why it begins no case now."""

    source: str
    model: type[Model]
    project: Callable[[Any], Project]
    carries: Callable[[Any], dict[str, Any]]
    objections: Callable[[Any], list[str]]

    registry: ClassVar[dict[str, "CaseSource"]] = {}


def declare_source(declared: CaseSource) -> None:
    if CaseSource.registry.setdefault(declared.source, declared) != declared:
        raise ValueError(f"source {declared.source!r} is declared twice")


def subject_for(user: User, source: str, pk: str) -> tuple[CaseSource, Model]:
    """The record named by an address, or 404 when there is none such in the user's reach."""
    declared = CaseSource.registry.get(source)
    if declared is None or not (pk.isascii() and pk.isdigit() and len(pk) < 19):
        raise Http404("没有找到该记录。")
    flow = Flow.registry[declared.model]
    return declared, flow.view.get(user, declared.model._default_manager.all(), pk=int(pk))


@dataclass(frozen=True, slots=True)
class Origin:
    """The record a case came from, as its page names it; ``url`` empty when it is out of the reader's reach."""

    kind: str
    label: str
    url: str


def origin_of(case: WarrantyCase, user: User) -> Origin | None:
    """Whoever may not see the record learns the source only."""
    if case.content_type_id is None or case.object_id is None:
        return None
    kind = str(case.get_source_display())
    model = ContentType.objects.get_for_id(case.content_type_id).model_class()
    flow = Flow.registry.get(model) if model is not None else None
    if model is None or flow is None:
        return Origin(kind, "", "")
    found = flow.view.narrow(user, model._default_manager.all()).filter(pk=case.object_id).first()
    return Origin(kind, str(found), flow.url(case.object_id)) if found is not None else Origin(kind, "", "")


def _of_punch(item: PunchItem) -> dict[str, Any]:
    return {
        "place": item.place,
        "trade": item.trade,
        "problem": item.problem,
        "channel": WarrantyCase.Channel.ONSITE,
    }


def _still_open(item: PunchItem) -> list[str]:
    if item.status in (PunchItem.Status.OPEN, PunchItem.Status.DONE):
        return []
    return [f"该销项问题{item.get_status_display()},不能再转保修。"]


declare_source(CaseSource(WarrantyCase.Source.PUNCH, PunchItem, attrgetter("project"), _of_punch, _still_open))
