"""Random posts through random steps of all flows: no illegal state, every refusal of its kind, nothing lost (G1, G3).

Each example walks some thirty steps over several complaints in a transaction that is undone. To look further than the
suite does: ``WALKS=2000 pytest tests/complaints/test_flow_properties.py``.
"""

import os
from datetime import timedelta
from typing import Any

import pytest
from django.db import transaction
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from complaints.models import Complaint, Filing, Milestone, Opinion, Order, Plan
from tests.complaints.factories import NOW, complaint_in
from tests.complaints.invariants import parts_of
from tests.complaints.walk import GAPS, OPERATIONS, WALKERS, World, register
from tests.personas import Personas

S, F, P, M, O, R = (  # noqa: E741
    Complaint.Status, Filing.Status, Plan.Status, Milestone.Status, Opinion.Status, Order.Status,
)  # fmt: skip
WALKS = int(os.environ.get("WALKS", "0"))

# What a busy day brings in each state; named twice: taken more often.
LIKELY: dict[type[Any], dict[str, str]] = {
    Complaint: {
        S.REGISTERED: "confirm confirm edit propose_merge decide_merge suggest_second",
        S.CONFIRMED: "forward edit propose_merge decide_merge",
        S.AWAITING_RULING: "propose_ruling propose_ruling edit propose_merge decide_merge decide_second",
        S.RULING_PROPOSED: "decide_ruling decide_ruling propose_merge decide_merge hand_over",
        S.AWAITING_REPLY: "write_reply dispatch_reply dispatch_reply",
        S.REPLIED: "close object hand_over suggest_second decide_second",
        S.RECONSIDERING: "reconsider",
        S.DRAFTING_PLAN: "ask_opinion revoke suggest_second",
        S.RECTIFYING: "finish_work finish_work ask_opinion hand_over",
        S.HANDLING: "finish_work finish_work hand_over",
        S.AWAITING_EVALUATION: "evaluate evaluate evaluate revoke",
        S.AWAITING_CLOSE: "close close decide_second suggest_second reassign",
        **dict.fromkeys((S.CLOSED, S.MERGED, S.WITHDRAWN), "close urge withdraw edit"),
    },
    Filing: {
        F.AWAITING: "file file report supervise",
        F.FILED: "track report receive supervise",
        F.TRACKING: "track report receive supervise supervise",
        F.AWAITING_CLOSE: "close_filing close_filing supervise supervise supervise receive",
        F.CLOSED: "supervise supervise supervise track",
        F.CANCELLED: "file",
    },
    Plan: {
        P.DRAFT: "save_plan save_plan submit_plan submit_plan submit_plan drop_change",
        P.IN_CHECK: "check_plan check_plan check_plan save_plan check_plan_final",
        P.IN_REVIEW: "review_plan review_plan review_plan",
        P.IN_APPROVAL: "approve_plan approve_plan approve_plan",
        P.APPROVED: "change_plan approve_plan",
        P.CANCELLED: "save_plan",
    },
    Milestone: {
        M.DRAFT: "",
        M.RUNNING: "progress finish_milestone finish_milestone",
        M.DONE: "finish_milestone",
        M.SUPERSEDED: "progress",
    },
    Opinion: {
        O.ASKED: "give_opinion give_opinion cancel_opinion",
        O.GIVEN: "give_opinion",
        O.CANCELLED: "give_opinion",
    },
    Order: {R.OPEN: "finish_order finish_order cancel_order", R.DONE: "cancel_order", R.CANCELLED: "finish_order"},
}
ON: dict[type[Any], list[str]] = {
    Complaint: """talk edit confirm forward propose_ruling decide_ruling write_reply dispatch_reply object reconsider
        revoke finish_work evaluate close withdraw propose_merge decide_merge suggest_second decide_second reassign
        hand_over urge ask_opinion""".split(),
    Filing: ["file", "track", "report", "receive", "close_filing", "supervise"],
    Plan: """save_plan submit_plan check_plan check_plan_final review_plan approve_plan change_plan
        drop_change""".split(),
    Milestone: ["progress", "finish_milestone"],
    Opinion: ["give_opinion", "cancel_opinion"],
    Order: ["finish_order", "cancel_order"],
}
STARTS = [S.REGISTERED, *S.values]

# mode, which record, which operation, who, which arguments, how much later
step = st.tuples(
    st.integers(0, 19), st.integers(0, 30), st.integers(0, 30), st.integers(0, 30), st.integers(0, 9), st.integers(0, 9)
)
walks = st.tuples(st.integers(0, len(STARTS) - 1), st.booleans(), st.lists(step, min_size=25, max_size=40))


def test_the_walk_knows_every_operation_and_every_state() -> None:
    named = {name for names in ON.values() for name in names}
    assert named == set(OPERATIONS)
    likely = {name for by_state in LIKELY.values() for names in by_state.values() for name in names.split()}
    assert likely <= named
    for model, by_state in LIKELY.items():
        assert set(by_state) == set(model.Status.values)


def walk(personas: Personas, start: str, to_group: bool, steps: list[tuple[int, ...]]) -> World:
    world = World(personas)
    level = "group" if to_group or start == S.CONFIRMED else "unit"
    mine = [complaint_in(personas, start, project=world.projects[0], level=level)]
    if mine[0].merge_into is not None:
        mine.append(mine[0].merge_into)
    world.now = NOW + timedelta(minutes=5)
    for mode, which, what, who, odd, later in steps:
        world.now += GAPS[later] if later < len(GAPS) else GAPS[0]
        if mode == 0:
            login = WALKERS[who % len(WALKERS)] if odd > 6 else ("uw1", "gw", "uw2")[who % 3]
            project = world.projects[1 if login.endswith("2") else 0]
            if made := register(world, login, project, odd):
                mine.append(made)
            continue
        if mode == 1:
            world.sweep()
            continue
        complaint = mine[which % len(mine)]
        complaint.refresh_from_db()
        parts = parts_of(complaint)
        subject = parts[which % len(parts)]
        if mode < 14:
            likely = [(name, part) for part in parts for name in LIKELY[type(part)][part.status].split()]
            name, subject = likely[what % len(likely)]
        else:
            name = ON[type(subject)][what % len(ON[type(subject)])]
        operation = OPERATIONS[name]
        person = getattr(subject, "asked_of_id", None) or getattr(subject, "charged_id", None)
        holders = sorted(world.holders(complaint, operation.posts, person))
        pool = holders if mode < 17 and holders else WALKERS
        login = pool[who % len(pool)]
        world.take(operation, subject, login, odd if mode % 3 == 0 else 0)
    world.check(*(each.pk for each in mine))
    return world


@pytest.mark.clause("G1", "G2", "G3", "G5")
@given(walks)
@settings(
    max_examples=WALKS or 40,
    derandomize=not WALKS,
    deadline=None,
    database=None,
    suppress_health_check=list(HealthCheck),
    phases=(Phase.generate, Phase.shrink),
)
@pytest.mark.usefixtures("personas")
def test_random_posts_through_random_steps(request: pytest.FixtureRequest, chosen: Any) -> None:
    personas: Personas = request.getfixturevalue("personas")
    start, to_group, steps = chosen
    mark = transaction.savepoint()
    try:
        walk(personas, STARTS[start], to_group, steps)
    finally:
        transaction.savepoint_rollback(mark)
