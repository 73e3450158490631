"""A version of a plan in words, and how two versions differ (clause 5.5.4: the difference is shown)."""

from collections.abc import Iterable, Mapping
from itertools import count
from typing import Any

from django.db.models import Prefetch, prefetch_related_objects

from complaints.models import Demand, Milestone, Opinion, Plan, PlanVersion, Response
from ledgers.services.words import field_label

TEXTS = ("overview", "cause", "effect", "liaison", "liaison_way", "liaison_every")
NODE = ("name", "starts_on", "ends_on", "responsible", "criterion", "resources", "basis")


def with_parts(*versions: PlanVersion | None) -> None:
    """Fetch everything that ``describe`` reads: two queries, whatever their number."""
    said = Response.objects.select_related("demand", "opinion__asked_of")
    milestones = Milestone.objects.order_by("number", "pk")
    found = [version for version in versions if version is not None]
    prefetch_related_objects(found, Prefetch("responses", said), Prefetch("milestones", milestones))


def full_version(pk: int) -> PlanVersion | None:
    """A version with everything that ``describe`` reads."""
    found = PlanVersion.objects.select_related("created_by").filter(pk=pk).first()
    with_parts(found)
    return found


def describe(version: PlanVersion) -> dict[str, str]:
    """A version in words, so that two of them can be compared and shown."""
    texts = {name: getattr(version, name) for name in TEXTS}
    milestones = [
        (row.number, {name: getattr(row, name) for name in NODE})
        for row in sorted(version.milestones.all(), key=lambda row: (row.number, row.pk))
    ]
    answers = [(row.demand or row.opinion, row.adopted, row.measure) for row in version.responses.all()]
    return in_words(texts, milestones, answers)


def in_words(
    texts: Mapping[str, str],
    milestones: Iterable[tuple[int, Mapping[str, Any]]],
    answers: Iterable[tuple[Demand | Opinion | None, bool, str]],
) -> dict[str, str]:
    """The same words for what is stored and for what was typed."""
    words = {field_label(PlanVersion, name): texts[name] for name in TEXTS}
    for number, node in milestones:
        label = f"节点 {number}"
        words[f"{label} 内容"] = node["name"]
        words[f"{label} 起止"] = f"{node['starts_on'] or '—'} 至 {node['ends_on'] or '—'}"
        for name in NODE[3:]:
            words[f"{label} {field_label(Milestone, name)}"] = node[name]
    for subject, adopted, measure in answers:
        if isinstance(subject, Demand):
            words[f"诉求 {subject.number} 对应措施"] = measure
        elif isinstance(subject, Opinion):
            label = _new_label(f"{subject.asked_of} 意见", words)
            words[label] = f"{'采纳' if adopted else '不采纳'}:{measure}"
    return words


def _new_label(label: str, words: Mapping[str, str]) -> str:
    """Somebody may be asked more than once."""
    for number in count(2):
        if label not in words:
            break
        label = f"{label.partition('(')[0]}({number})"
    return label


def differences(before: dict[str, str], after: dict[str, str]) -> list[dict[str, str]]:
    names = list(dict.fromkeys([*before, *after]))
    return [
        {"field": name, "old": before.get(name, ""), "new": after.get(name, "")}
        for name in names
        if before.get(name, "") != after.get(name, "")
    ]


def change_of(plan: Plan) -> list[dict[str, str]]:
    """What the version under way alters against the one in force, in words."""
    effective, working = plan.effective, plan.working
    if effective is None or working is None or effective.pk == working.pk:
        return []
    with_parts(effective, working)
    return differences(describe(effective), describe(working))
