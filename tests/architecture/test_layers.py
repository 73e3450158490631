"""What import-linter cannot see: string relations, and rights, limits and flows that must fit together."""

from collections.abc import Iterator

import pytest
from django.apps import apps
from django.db import models

from organization.matrix import ADMINISTRATORS, DEFAULTS, POSTS, default_actions
from organization.rules import Rule
from revisits.models import Visit
from tests.clauses import KNOWN_CLAUSES
from workflow.clocks import ClockDefault
from workflow.flow import Flow

LAYERS = ("organization", "workflow", "ledgers", ("revisits", "complaints"), "accountability", "reports", "config")


def level(app: str) -> int | None:
    for height, layer in enumerate(LAYERS):
        if app == layer or (isinstance(layer, tuple) and app in layer):
            return height
    return None


def relations() -> Iterator[tuple[type[models.Model], str, type[models.Model]]]:
    for model in apps.get_models(include_auto_created=True):
        for field in model._meta.get_fields():
            if field.is_relation and not field.auto_created and isinstance(field.related_model, type):
                yield model, field.name, field.related_model


def test_no_relation_points_up() -> None:
    """A string foreign key to an upper app would be an import in disguise."""
    seen = 0
    for model, name, target in relations():
        source, goal = level(model._meta.app_label), level(target._meta.app_label)
        if source is None or goal is None:
            continue
        seen += 1
        same_height_neighbours = source == goal and model._meta.app_label != target._meta.app_label
        points_up = goal > source or same_height_neighbours
        assert not points_up, f"{model.__name__}.{name} → {target.__name__}"
    assert seen > 30


def test_every_declared_action_is_held_by_some_post() -> None:
    """A typo in a rule or in the matrix would otherwise be a right that nobody has."""
    shipped = set(default_actions())
    assert set(Rule.registry) <= shipped, sorted(set(Rule.registry) - shipped)
    declared_apps = {action.split(".")[0] for action in Rule.registry}
    unknown = {action for action in shipped if action.split(".")[0] in declared_apps} - set(Rule.registry)
    assert not unknown


def test_administrators_hold_no_business_right() -> None:
    for matter in DEFAULTS:
        for cell in matter.cells:
            if cell.post in ADMINISTRATORS:
                assert all(a.split(".")[0] in ("organization", "workflow") for a in cell.actions), matter


@pytest.mark.clause("G3")
def test_every_limit_names_known_posts_and_a_way_up() -> None:
    known = {code for code, _, _ in POSTS}
    assert ClockDefault.registry
    for default in ClockDefault.registry.values():
        posts = {default.post, *default.supervisors, *default.escalate_24h, *default.escalate_48h}
        assert posts <= known, default
        assert default.escalate_24h, default
        assert default.escalate_48h, default


# Many records reach it in one statement, told by the transition of another: the approval of a plan makes visits due.
SET_AT_ONCE: dict[type[models.Model], tuple[str, ...]] = {Visit: (Visit.Status.DUE,)}


@pytest.mark.parametrize("flow", Flow.registry.values(), ids=lambda flow: flow.model.__name__)
class TestFlow:
    def test_every_state_is_reached_from_the_first(self, flow: Flow[models.Model]) -> None:
        first = flow.model._meta.get_field("status").default
        reached, growing = {str(first), *SET_AT_ONCE.get(flow.model, ())}, True
        while growing:
            nexts = {str(s.target or source) for s in flow.steps.values() for source in s.sources if source in reached}
            growing = not nexts <= reached
            reached |= nexts
        assert reached == set(flow.labels)

    def test_every_step_states_a_known_clause(self, flow: Flow[models.Model]) -> None:
        assert not [step.name for step in flow.steps.values() if step.clause not in KNOWN_CLAUSES]

    def test_every_clock_is_declared_started_and_stopped(self, flow: Flow[models.Model]) -> None:
        started = {code for step in flow.steps.values() for code in step.starts}
        stopped = {code for step in flow.steps.values() for code in step.stops}
        assert started == stopped
        assert started <= set(ClockDefault.registry)

    def test_separation_names_existing_steps(self, flow: Flow[models.Model]) -> None:
        for step in flow.steps.values():
            assert set(step.apart) <= set(flow.steps), step.name

    def test_steps_of_the_calendar_are_nobodys(self, flow: Flow[models.Model]) -> None:
        assert all(step.rule is None or step.rule.action in Rule.registry for step in flow.steps.values())
