"""The whole matrix B.4 and its supplement, cell by cell: whose duty it is does it, every other post cannot (G2, B.4).

``DUTIES`` names for each action of the matrix the services it opens and the state in which they are due. Each is called
by every persona: in the unit, next door, in the neighbour's unit, at the group, administrators, without appointment.
The pages of the same duties stand in ``tests/security/complaint_rows.py``, where every address is asked by GET and by
forged POST; here their rows are held against the same cells.
"""

from collections.abc import Callable, Iterable
from typing import Any, NamedTuple

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.http import Http404
from django.utils import timezone

from complaints.flows.complaint import FLOW
from complaints.flows.filing import FILING_FLOW
from complaints.flows.order import ORDER_FLOW
from complaints.flows.plan import MILESTONE_FLOW, OPINION_FLOW, PLAN_FLOW
from complaints.models import Complaint, Filing, Milestone, Opinion, Order, Plan, Verdict
from complaints.permissions import IMPORT_INTO, VIEW
from complaints.services.policy import set_complaint_policy
from complaints.services.registration import register_complaint
from complaints.services.supervising import hand_over, urge_complaint
from organization.models import AuthorityCell, User
from organization.models.authority import Duty
from organization.services.matrix import set_actions
from tests.complaints.factories import (
    DEMANDS,
    NOW,
    awaiting_ruling,
    closed,
    complaint_in,
    decide,
    entry,
    handling,
    opinion_given,
    picture,
    proposed,
    rectifying,
    registered,
    replied,
    ruled,
    submitted_plan,
    with_reply,
    write_plan,
)
from tests.complaints.test_limits import asked, filed, merge_proposed, plan_of, reported, second_suggested
from tests.complaints.walk import OPERATIONS, World
from tests.ledgers.factories import make_project
from tests.personas import PEOPLE, SUBSTITUTE, Personas
from tests.security.complaint_rows import COMPLAINTS
from tests.security.rows import Row
from workflow.errors import Conflict
from workflow.models import Channel, Notice
from workflow.services.evidence import attach_evidence

S = Complaint.Status
Call = Callable[[Personas, Any, User], Any]


class Duty_(NamedTuple):
    """``opens``: any of these actions is the right to it. ``make`` brings the record into the state, in U1D1."""

    opens: str
    make: Callable[[Personas], Any]
    call: str | Call
    now: Any = NOW


def filing(make: Callable[[Personas], Complaint]) -> Callable[[Personas], Filing]:
    return lambda p: Filing.objects.get(complaint=make(p))


def drafted(p: Personas) -> Plan:
    complaint = ruled(p, Verdict.SEVERE)
    opinion_given(p, complaint)
    return write_plan(p, complaint)


def approved(p: Personas) -> Plan:
    return plan_of(rectifying(p))


def written(p: Personas) -> Complaint:
    complaint = ruled(p, Verdict.NOT_OURS)
    with_reply(p, complaint)
    return complaint


def milestone(p: Personas) -> Milestone:
    return Milestone.objects.get(plan_version__plan__complaint=rectifying(p))


def order(charged: str) -> Callable[[Personas], Order]:
    return lambda p: hand_over(
        complaint_id=handling(p).pk,
        task="协调",
        due_on=timezone.localdate(NOW),
        charged=p[charged] if charged else None,
        actor=p.ul1,
        now=NOW,
    )


def register(level: str) -> Call:
    return lambda p, project, actor: register_complaint(
        project=project, values=entry(level=level), demands=DEMANDS, actor=actor, now=NOW
    )


def concluded(p: Personas) -> Filing:
    return Filing.objects.get(complaint=complaint_in(p, S.AWAITING_CLOSE))


def see(p: Personas, complaint: Complaint, actor: User) -> None:
    VIEW.get(actor, Complaint.objects.all(), pk=complaint.pk)


def attach(p: Personas, complaint: Complaint, actor: User) -> None:
    attach_evidence(subject=complaint, file=picture(), actor=actor, now=NOW, kind="other")


def set_policy(p: Personas, _: Any, actor: User) -> None:
    set_complaint_policy(supervise_all=False, reapprove_all=True, reason="集团决定", actor=actor, now=NOW)


def project(p: Personas) -> Any:
    return make_project(p, now=NOW)


# Every duty of complaints on the matrix. A name is an operation of the random walk, with plausible arguments.
DUTIES: dict[str, Duty_] = {
    "register to the group": Duty_("register_group", project, register("group")),
    "register to the unit": Duty_("register_unit", project, register("unit")),
    "correct, group": Duty_("register_group", lambda p: registered(p, level="group"), "edit"),
    "correct, unit": Duty_("register_unit", registered, "edit"),
    "confirm, group": Duty_("confirm_group", lambda p: registered(p, level="leader"), "confirm"),
    "confirm, unit": Duty_("confirm_unit", registered, "confirm"),
    "forward": Duty_("forward", lambda p: complaint_in(p, S.CONFIRMED), "forward"),
    "propose the ruling": Duty_("propose_ruling", awaiting_ruling, "propose_ruling"),
    "confirm the ruling": Duty_("confirm_ruling", lambda p: proposed(p, Verdict.MINOR).complaint, "decide_ruling"),
    "reconsider": Duty_("reconsider", lambda p: complaint_in(p, S.RECONSIDERING), "reconsider"),
    "revoke": Duty_("reconsider", handling, "revoke"),
    "write the reply": Duty_("reply", lambda p: ruled(p, Verdict.NOT_OURS), "write_reply"),
    "dispatch the reply": Duty_("reply", written, "dispatch_reply"),
    "record the objection": Duty_("reply", replied, "object"),
    "ask for opinions": Duty_("ask_opinion", lambda p: ruled(p, Verdict.SEVERE), "ask_opinion"),
    "cancel a question": Duty_("ask_opinion", asked, "cancel_opinion"),
    "give the opinion": Duty_("give_opinion", asked, "give_opinion"),
    "write the plan": Duty_("draft_plan", lambda p: plan_of(ruled(p, Verdict.SEVERE)), "save_plan"),
    "submit the plan": Duty_("draft_plan", drafted, "submit_plan"),
    "check the plan": Duty_("check_plan", submitted_plan, "check_plan"),
    "review the plan": Duty_("review_plan", lambda p: decide(p, submitted_plan(p), "check"), "review_plan"),
    "approve the plan": Duty_(
        "approve_plan", lambda p: decide(p, submitted_plan(p), "check", "review"), "approve_plan"
    ),
    "change the plan": Duty_("draft_plan", approved, "change_plan"),
    "progress": Duty_("handle", milestone, "progress"),
    "finish a milestone": Duty_("handle", milestone, "finish_milestone"),
    "finish the work": Duty_("handle", handling, "finish_work"),
    "file": Duty_("file", filing(handling), "file"),
    "close the filing": Duty_("file", concluded, "close_filing"),
    "track": Duty_("track", filed, "track"),
    "sign for the reports": Duty_("track", reported, "receive"),
    "report": Duty_("report", filing(handling), "report"),
    "supervise": Duty_("supervise_ul supervise_ug", filing(handling), "supervise"),
    "hand over": Duty_("hand_over", handling, "hand_over"),
    "take an order back": Duty_("hand_over", order(""), "cancel_order"),
    "carry out, project": Duty_("carry_out", order(""), "finish_order"),
    "carry out, department": Duty_("carry_out_assigned", order("ud1"), "finish_order"),
    "urge": Duty_("workflow.urge", handling, "urge"),
    "communicate": Duty_("communicate", handling, "talk"),
    "attach": Duty_("attach", handling, attach),
    "evaluate": Duty_("evaluate", lambda p: complaint_in(p, S.AWAITING_EVALUATION), "evaluate"),
    "close": Duty_("close", replied, "close"),
    "withdraw": Duty_("withdraw", handling, "withdraw"),
    "propose a merge": Duty_("propose_link", lambda p: merge_candidate(p), "propose_merge"),
    "confirm a merge": Duty_("confirm_link", merge_proposed, "decide_merge"),
    "suggest a second complaint": Duty_("propose_link", lambda p: second_candidate(p), "suggest_second"),
    "confirm a second complaint": Duty_("confirm_link", second_suggested, "decide_second"),
    "hand to another department": Duty_("reassign", handling, "reassign"),
    "set the switches": Duty_("edit_policy", handling, set_policy),
    "see": Duty_("view", handling, see),
}
# Looked at by their own tests below, or by the import's: a right that is heard or shown, not a step.
APART = {"hear", "hear_group", "view_assigned", "import"}


def merge_candidate(p: Personas) -> Complaint:
    return registered(p, project=registered(p).project)


def second_candidate(p: Personas) -> Complaint:
    from datetime import timedelta

    earlier = handling(p, received_at=NOW - timedelta(hours=2))
    return registered(p, project=earlier.project, kind="safety")


def code_of(action: str) -> str:
    return action if "." in action else f"complaints.{action}"


def cells() -> list[AuthorityCell]:
    found = AuthorityCell.objects.filter(withdrawn=False).select_related("matter", "post")
    return [c for c in found if c.matter.sheet == "B.4" or any(a.startswith("complaints.") for a in c.actions)]


def who_may(actions: Iterable[str]) -> set[str]:
    """The personas whose post has one of the actions in some cell, for what belongs to U1D1."""
    wanted = {code_of(action) for action in actions}
    posts = {cell.post_id for cell in AuthorityCell.objects.filter(withdrawn=False) if wanted & set(cell.actions)}
    held = {login: (post, unit) for login, (_, post, unit) in PEOPLE.items()} | {SUBSTITUTE: ("UH", "U1")}
    return {login for login, (post, unit) in held.items() if post in posts and unit in ("G", "U1", "U1D1")}


def attempts(duty: Duty_, personas: Personas, world: World, record: Any) -> tuple[set[str], list[str]]:
    """Who could do it; and whoever was stopped by anything but a missing right."""
    did, wrong = set(), []
    for login in personas.people:
        actor = personas.fresh(login)
        record.refresh_from_db()
        mark = transaction.savepoint()
        try:
            if isinstance(duty.call, str):
                OPERATIONS[duty.call].make(world, record, actor, NOW, 0)()
            else:
                duty.call(personas, record, actor)
            did.add(login)
        except (PermissionDenied, Http404):
            pass
        except (Conflict, ValidationError) as refusal:
            wrong.append(f"{login}: {refusal}")
        finally:
            transaction.savepoint_rollback(mark)
    return did, wrong


@pytest.mark.clause("B.4", "G2", "G5")
@pytest.mark.parametrize("name", DUTIES)
def test_whose_duty_it_is_does_it_and_nobody_else_can(personas: Personas, name: str) -> None:
    duty = DUTIES[name]
    world = World(personas)
    did, wrong = attempts(duty, personas, world, duty.make(personas))
    assert did == who_may(duty.opens.split())
    assert wrong == [], "those who may not are refused for the right, whatever they sent"


@pytest.mark.clause("B.4")
@pytest.mark.django_db
def test_every_action_of_the_matrix_is_scanned() -> None:
    on_matrix = {a.partition(".")[2] for cell in cells() for a in cell.actions if a.startswith("complaints.")}
    scanned = {action for duty in DUTIES.values() for action in duty.opens.split()}
    assert on_matrix == (scanned - {"workflow.urge"}) | APART
    asked_by_flows = {
        step.rule.action
        for flow in (FLOW, FILING_FLOW, ORDER_FLOW, PLAN_FLOW, MILESTONE_FLOW, OPINION_FLOW)
        for step in flow.steps.values()
        if step.rule
    }
    assert asked_by_flows <= {code_of(action) for action in scanned | APART}


@pytest.mark.clause("B.4")
@pytest.mark.django_db
def test_the_matrix_has_every_cell_of_the_standard() -> None:
    """B.4 as printed: each row, its posts and their duties."""
    words = dict(Duty.choices)
    found: dict[str, dict[str, str]] = {}
    for cell in AuthorityCell.objects.filter(matter__sheet="B.4").select_related("matter"):
        found.setdefault(cell.matter.code, {})[cell.post_id] = words[cell.duty]
    assert found == {
        "B.4-1": {"GW": "执行", "GH": "监督"},
        "B.4-2": {"UW": "执行", "UH": "监督"},
        "B.4-3": {"UW": "执行", "UH": "监督"},
        "B.4-4": {"PE": "拟订", "PM": "审核", "UW": "参与", "UH": "审核", "UL": "审批", "UG": "监督"},
        "B.4-5": {"PE": "执行", "PM": "监督"},
        "B.4-6": {"UW": "执行", "UH": "监督"},
        "B.4-7": {"GW": "执行", "GH": "监督"},
        "B.4-8": {"GW": "执行", "GH": "监督"},
        "B.4-9": {"UL": "执行", "UG": "执行", "GH": "监督"},
    }


@pytest.mark.clause("B.4", "G6")
def test_who_supervises_reads_and_urges_and_never_blocks(personas: Personas) -> None:
    """监督: no step waits for them; they see the complaint, urge it and hear of it."""
    supervising = [cell for cell in cells() if cell.duty == Duty.SUPERVISE and cell.matter.sheet == "B.4"]
    assert {cell.post_id for cell in supervising} == {"PM", "UH", "UG", "GH"}
    for cell in supervising:
        assert set(cell.actions) <= {"complaints.hear", "complaints.hear_group"}, cell
    complaint = handling(personas)
    for login in ("pm11", "uh1", "ug1", "gh"):
        actor = personas.fresh(login)
        see(personas, complaint, actor)
        assert urge_complaint(complaint_id=complaint.pk, text="请抓紧", actor=actor, now=NOW).post
    # A minor complaint runs to its end by those who execute, review and approve; UL and UG execute row 9.
    assert closed(personas).status == S.CLOSED


@pytest.mark.clause("B.4", "G2", "3.1.3")
@pytest.mark.parametrize(("level", "heard"), [("unit", set()), ("group", {"gh"})])
def test_who_hears_of_a_new_complaint(personas: Personas, level: str, heard: set[str]) -> None:
    complaint = registered(personas, level=level)
    told = Notice.objects.filter(kind="step", channel=Channel.INBOX, object_id=complaint.pk)
    assert set(told.values_list("recipient__username", flat=True)) == {"uh1", "sub1", "ul1", "pm11"} | heard


@pytest.mark.clause("B.4", "G2")
def test_a_departments_person_sees_what_was_assigned_and_nothing_else(personas: Personas) -> None:
    drawn_in: Opinion = asked(personas)
    other = handling(personas)
    ud1, ud2 = personas.fresh("ud1"), personas.fresh("ud2")
    assert list(VIEW.narrow(ud1, Complaint.objects.all())) == [drawn_in.complaint]
    assert not VIEW.narrow(ud2, Complaint.objects.all()).exists()
    with pytest.raises(Http404):
        VIEW.get(ud1, Complaint.objects.all(), pk=other.pk)


@pytest.mark.clause("B.4")
def test_whose_the_import_is(personas: Personas) -> None:
    may = {login for login in personas.people if IMPORT_INTO.covers(personas.fresh(login), personas.unit("U1D1"))}
    assert may == who_may(["import"]) == {"uw1", "gw"}


# --- the pages of the same duties

PAGES: dict[str, str] = {
    "complaints:complaint_forward": "forward",
    "complaints:ruling_propose": "propose_ruling",
    "complaints:ruling_decide": "confirm_ruling",
    "complaints:ruling_revoke": "reconsider",
    "complaints:complaint_reconsider": "reconsider",
    "complaints:reply_edit": "reply",
    "complaints:reply_dispatch": "reply",
    "complaints:complaint_object": "reply",
    "complaints:complaint_finish": "handle",
    "complaints:complaint_evaluate": "evaluate",
    "complaints:complaint_close": "close",
    "complaints:complaint_withdraw": "withdraw",
    "complaints:merge_propose": "propose_link",
    "complaints:merge_decide": "confirm_link",
    "complaints:second_suggest": "propose_link",
    "complaints:second_decide": "confirm_link",
    "complaints:complaint_reassign": "reassign",
    "complaints:complaint_contact": "communicate",
    "complaints:plan_edit": "draft_plan",
    "complaints:plan_submit": "draft_plan",
    "complaints:plan_change": "draft_plan",
    "complaints:plan_drop": "draft_plan",
    "complaints:milestone_progress": "handle",
    "complaints:milestone_finish": "handle",
    "complaints:opinion_ask": "ask_opinion",
    "complaints:opinion_cancel": "ask_opinion",
    "complaints:filing_file": "file",
    "complaints:filing_close": "file",
    "complaints:filing_track": "track",
    "complaints:filing_receive": "track",
    "complaints:filing_report": "report",
    "complaints:filing_supervise": "supervise_ul supervise_ug",
    "complaints:complaint_urge": "workflow.urge",
    "complaints:complaint_hand_over": "hand_over",
    "complaints:order_cancel": "hand_over",
    "complaints:complaint_settings": "edit_policy",
}
BY_STATE: dict[tuple[str, str], str] = {  # one address, another post by the state of the record
    ("complaints:complaint_edit", "complaint:registered"): "register_unit",
    ("complaints:complaint_edit", "complaint:group"): "register_group",
    ("complaints:complaint_edit", "complaint:handling"): "register_unit",
    ("complaints:complaint_confirm", "complaint:registered"): "confirm_unit",
    ("complaints:complaint_confirm", "complaint:group"): "confirm_group",
    # One page for the three: 403 for whose turn is to come, 409 for whose turn is over.
    ("complaints:plan_decide", "plan:check"): "check_plan",
    ("complaints:plan_decide", "plan:review"): "check_plan review_plan",
    ("complaints:plan_decide", "plan:approval"): "check_plan review_plan approve_plan",
    ("complaints:order_finish", "order"): "carry_out",
    ("complaints:order_finish", "order:person"): "carry_out_assigned",
}


@pytest.mark.clause("B.4", "G2")
@pytest.mark.django_db
def test_the_pages_are_served_to_whom_the_matrix_says() -> None:
    """The table of addresses, proved there by GET and forged POST, says of each duty's page what its cell says."""
    wrong = []
    for name, entry_ in COMPLAINTS.items():
        rows: tuple[Row, ...] = entry_ if isinstance(entry_, tuple) else (entry_,)
        for row in rows:
            opens = PAGES.get(name) or BY_STATE.get((name, row.args))
            if opens is None:
                continue
            may = who_may(opens.split())
            served = {login for login in row.ok if login != "ud1"} | ({"ud1"} & may)
            if "ul1" in may and "ud1" not in row.ok:  # in that scene ud1 stands in for ul1
                wrong.append(f"{name}: the substitute of ul1 is left out")
            if served - {"ud1"} != may - {"ud1", "ud2"}:
                wrong.append(f"{name} {row.args}: served {sorted(served)}, by the matrix {sorted(may)}")
    assert not wrong, "\n".join(wrong)


def test_every_step_has_its_page_in_the_scan() -> None:
    """No step of a flow that a person takes is left without an address."""
    assert set(PAGES) | {name for name, _ in BY_STATE} <= set(COMPLAINTS)
    covered = {"import"} | {action for opens in (*PAGES.values(), *BY_STATE.values()) for action in opens.split()}
    for flow in (FLOW, FILING_FLOW, ORDER_FLOW, PLAN_FLOW, MILESTONE_FLOW):
        for step in flow.steps.values():
            if step.rule is not None:
                assert step.rule.action.removeprefix("complaints.") in covered, step.name


# --- the matrix is data


@pytest.mark.clause("B.4")
def test_editing_a_cell_changes_who_may(personas: Personas) -> None:
    """The group gives 转办 to its head of department and takes it from the post in the standard's row."""
    duty = DUTIES["forward"]
    world, record = World(personas), duty.make(personas)
    assert attempts(duty, personas, world, record)[0] == {"gw"}
    changes = {
        "GW": lambda actions: [a for a in actions if a != "complaints.forward"],
        "GH": lambda actions: [*actions, "complaints.forward"],
    }
    for post, change in changes.items():
        cell = AuthorityCell.objects.get(matter__code="B.4-1", post=post)
        set_actions(
            cell_id=cell.pk,
            actions=change(cell.actions),
            inferred=False,
            reason="集团文件",
            actor=personas.secadmin,
            now=timezone.now(),
        )
    assert who_may(["forward"]) == {"gh"}
    assert attempts(duty, personas, world, record)[0] == {"gh"}
