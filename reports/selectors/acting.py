"""Who gave a document out: units by their place in the tree, people by what they did, those who may be called."""

from collections.abc import Iterable
from datetime import date, datetime

from django.db.models import Model

from complaints.models import Complaint
from organization.authority import holders_of
from organization.models import Post, Unit
from organization.models.units import Tier
from organization.rules import prefixes
from workflow.models import Transition


def levels_of(unit: Unit) -> dict[str, Unit]:
    """Tier → the unit itself or its nearest ancestor of that tier. One query."""
    return {one.tier: one for one in Unit.objects.filter(path__in=prefixes(unit.path)).order_by("path")}


def unit_named(unit: Unit | None, tier: str = Tier.UNIT) -> str:
    """The name of the second-tier unit (or the group) above a unit."""
    found = levels_of(unit).get(tier) if unit is not None else None
    return found.name if found is not None else str(unit or "")


def steps_of(subject: Model, *names: str) -> list[Transition]:
    """The record's steps of these names, in order."""
    return list(
        Transition.objects.about(subject)
        .filter(step__in=names)
        .select_related("actor", "on_behalf_of", "post", "unit")
        .order_by("at", "pk")
    )


def step_at(steps: Iterable[Transition], at: datetime | None) -> Transition | None:
    """The step that was taken at this very moment: a service stamps the record and the step with one ``now``."""
    return next((step for step in steps if step.at == at), None)


def who(step: Transition | None) -> tuple[str, str]:
    """Person and post of a step; blanks for none."""
    if step is None:
        return "", ""
    return step.who, step.post.name if step.post else ""


def keepers_of(complaint: Complaint, levels: dict[str, Unit], today: date) -> tuple[str, list[tuple[str, str]]]:
    """The office that took the complaint and the people there who may be called: GW of the group, UW of the unit."""
    post = Post.objects.get(pk="GW" if complaint.to_group else "UW")
    unit = levels.get(post.tier)
    people = holders_of(post.pk, unit, today) if unit is not None else []
    office = f"{unit.name} {post.name}" if unit is not None else post.name
    return office, [(str(person), person.phone) for person in people]
