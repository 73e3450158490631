"""A warranty case in each state of its life in unit 1 (department U1D1)."""

from datetime import datetime
from typing import Any

from django.contrib.contenttypes.models import ContentType

from ledgers.models import WarrantyCase
from tests.ledgers.cases import arrived, dispatched, opened, repaired, returned, verified
from tests.ledgers.factories import make_project
from tests.personas import Personas


def case_args(personas: Personas, now: datetime) -> dict[str, list[Any]]:
    """``case:…`` by its state."""
    project = make_project(personas, now=now)
    made = {
        "case:to_dispatch": opened(personas, project, now=now),
        "case:to_arrive": dispatched(personas, project=project, now=now),
        "case:handling": arrived(personas, project=project, now=now),
        "case:to_verify": repaired(personas, project=project, now=now),
        "case:rework": returned(personas, project=project, now=now),
        "case:done": verified(personas, project=project, now=now),
    }
    found: dict[str, list[Any]] = {name: [case.pk] for name, case in made.items()}
    kind = ContentType.objects.get_for_model(WarrantyCase).pk
    return found | {"case:attach": [kind, made["case:handling"].pk]}
