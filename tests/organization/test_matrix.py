"""Editing the matrices: rights change at once, nobody is locked out, the administrators' lines stay apart."""

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest
import time_machine
from django.core.exceptions import PermissionDenied, ValidationError

from organization.matrix import ADMINISTRATIVE, DEFAULTS, POSTS
from organization.models import AuthorityCell, Matter, Post, StandardEdition
from organization.models.authority import Duty
from organization.rules import Rule
from organization.selectors.matrix import crossing_history, sheet
from organization.services.editions import save_edition
from organization.services.matrix import save_post, set_actions, set_duties

from ..personas import Personas

NOW = datetime(2026, 3, 10, 9, 0, tzinfo=ZoneInfo("Asia/Shanghai"))


@pytest.fixture(autouse=True)
def clock() -> object:
    with time_machine.travel(NOW, tick=False):
        yield


def cell(matter: str, post: str) -> AuthorityCell:
    return AuthorityCell.objects.get(matter__code=matter, post=post)


def actions(personas: Personas, matter: str, post: str, *wanted: str, **changes: object) -> AuthorityCell:
    values: dict[str, object] = {"inferred": False, "reason": "集团通知", "actor": personas.secadmin, "now": NOW}
    return set_actions(cell_id=cell(matter, post).pk, actions=wanted, **(values | changes))  # type: ignore[arg-type]


def duties(personas: Personas, matter: str, post: str, *wanted: str, **changes: object) -> list[AuthorityCell]:
    values: dict[str, object] = {"reason": "集团通知", "actor": personas.secadmin, "now": NOW}
    return set_duties(
        matter_id=Matter.objects.get(code=matter).pk,
        post_code=post,
        duties=wanted,
        **(values | changes),  # type: ignore[arg-type]
    )


def may(personas: Personas, login: str, action: str, unit: str = "U1D1") -> bool:
    return Rule.registry[action].covers(personas.fresh(login), personas.unit(unit))


@pytest.mark.clause("A.4")
def test_shipped_a4_reads_as_the_standard() -> None:
    """The cells the source gives without †: row 1 whole, the approvals of rows 4."""
    rows = {d.code: {c.post: (Duty(c.duty).label, c.inferred) for c in d.cells} for d in DEFAULTS}
    assert rows["A.4-1"] == {"PW": ("执行", False), "PM": ("监督", False), "UW": ("审核", False), "UH": ("审核", False)}
    assert rows["A.4-4"] == {"UW": ("执行", True), "UH": ("监督", True), "GH": ("审批", False)}
    assert rows["A.4-5"] == {"PW": ("执行", True), "PM": ("监督", True), "UH": ("审批", True)}
    assert [d.number for d in DEFAULTS if d.sheet == "A.4"] == list(range(1, 9))


@pytest.mark.clause("B.4")
def test_shipped_b4_reads_as_the_standard() -> None:
    rows = {d.code: {c.post: (Duty(c.duty).label, c.inferred) for c in d.cells} for d in DEFAULTS}
    assert rows["B.4-4"] == {
        "PE": ("拟订", False),
        "PM": ("审核", False),
        "UW": ("参与", False),
        "UH": ("审核", False),
        "UL": ("审批", False),
        "UG": ("监督", True),
    }
    assert rows["B.4-9"] == {"UL": ("执行", True), "UG": ("执行", True), "GH": ("监督", True)}
    assert [d.number for d in DEFAULTS if d.sheet == "B.4"] == list(range(1, 10))


@pytest.mark.clause("A.4")
def test_every_post_of_the_standard_is_there(db: None) -> None:
    assert set(Post.objects.filter(standard=True).values_list("code", flat=True)) == {code for code, _, _ in POSTS}


@pytest.mark.clause("A.4", "G2")
def test_withdrawing_an_action_takes_the_right_at_once_and_giving_it_back_returns_it(personas: Personas) -> None:
    assert may(personas, "uw1", "ledgers.review")
    actions(personas, "A.4-1", "UW")
    assert not may(personas, "uw1", "ledgers.review")
    assert may(personas, "uw1", "ledgers.view")
    actions(personas, "A.4-1", "UW", "ledgers.review")
    assert may(personas, "uw1", "ledgers.review")
    assert not may(personas, "uw1", "ledgers.review", "U2D1")


@pytest.mark.clause("A.4", "G5")
def test_withdrawing_a_duty_reaches_holders_and_substitutes(personas: Personas) -> None:
    duties(personas, "A.4-1", "UH")
    assert not may(personas, "uh1", "ledgers.confirm")
    assert not may(personas, "sub1", "ledgers.confirm")
    duties(personas, "A.4-1", "UH", "review")
    assert may(personas, "sub1", "ledgers.confirm")


@pytest.mark.clause("A.4")
def test_a_new_duty_opens_what_it_is_given(personas: Personas) -> None:
    assert not may(personas, "pm11", "ledgers.draft")
    changed = duties(personas, "A.4-1", "PM", "supervise", "draft")
    assert [c.duty for c in changed] == ["draft"]
    set_actions(
        cell_id=changed[0].pk,
        actions=["ledgers.draft"],
        inferred=False,
        reason="代拟",
        actor=personas.secadmin,
        now=NOW,
    )
    assert may(personas, "pm11", "ledgers.draft")
    assert not may(personas, "pm21", "ledgers.draft")
    assert may(personas, "pm21", "ledgers.draft", "U2D1")


@pytest.mark.clause("A.4")
def test_history_tells_who_when_from_to_and_why(personas: Personas) -> None:
    actions(personas, "A.4-2", "UW", reason="集团确认")
    matter = Matter.objects.get(code="A.4-2")
    newest, oldest = crossing_history(matter, Post.objects.get(pk="UW"))
    assert (newest.who, newest.at, newest.reason) == (personas.secadmin, NOW, "集团确认")
    assert newest.before.startswith("拟订 †")
    assert newest.after.startswith("拟订")
    assert "†" not in newest.after
    assert (oldest.before, oldest.who) == ("—", None)


@pytest.mark.clause("B.4")
def test_sheet_shows_cells_in_force_only(personas: Personas) -> None:
    before = {m.code: [c.text for c in crossings] for m, crossings in sheet("B.4").rows}
    assert "审批" in before["B.4-4"]
    duties(personas, "B.4-4", "UL")
    after = {m.code: [c.text for c in crossings] for m, crossings in sheet("B.4").rows}
    assert "审批" not in after["B.4-4"]


@pytest.mark.parametrize("login", ["sysadmin", "auditor", "gh", "uh1", "outsider"])
def test_only_the_security_administrator_edits(personas: Personas, login: str) -> None:
    with pytest.raises(PermissionDenied):
        actions(personas, "A.4-1", "UW", actor=personas[login])
    with pytest.raises(PermissionDenied):
        duties(personas, "A.4-1", "UW", actor=personas[login])
    assert may(personas, "uw1", "ledgers.review")


def test_nobody_can_lock_everybody_out(personas: Personas) -> None:
    with pytest.raises(ValidationError, match="没有人能“维护权责指引表”"):
        actions(personas, "S-8", "SEC", "organization.edit_appointments", "organization.unlock")
    with pytest.raises(ValidationError, match="没有人能"):
        duties(personas, "S-8", "SEC")
    cell("S-8", "SEC").refresh_from_db()
    assert may(personas, "secadmin", "organization.edit_matrix")


def test_administrators_get_no_business_and_business_gets_no_administration(personas: Personas) -> None:
    with pytest.raises(ValidationError, match="管理员岗位不得有业务权限"):
        actions(personas, "S-9", "AUD", "organization.audit", "ledgers.view")
    for action in sorted(set().union(*ADMINISTRATIVE.values())):
        with pytest.raises(ValidationError, match="不能授予业务岗位"):
            actions(personas, "A.4-1", "UH", action)
    with pytest.raises(ValidationError, match="三员分立"):
        actions(personas, "S-9", "AUD", "organization.audit", "organization.edit_people")


def test_a_reason_is_needed(personas: Personas) -> None:
    with pytest.raises(ValidationError) as caught:
        actions(personas, "A.4-1", "UW", "ledgers.review", reason="  ")
    assert "reason" in caught.value.message_dict


def test_the_group_s_own_post_takes_part_like_any_other(personas: Personas) -> None:
    values = {"tier": "unit", "order": 50, "reason": "设岗", "actor": personas.secadmin, "now": NOW}
    save_post(code="uq", name="二级单位质量部", new=True, **values)  # type: ignore[arg-type]
    assert "UQ" in [post.pk for post in sheet("A.4").posts]
    with pytest.raises(ValidationError, match="已用于"):
        save_post(code="UQ", name="重复", new=True, **values)  # type: ignore[arg-type]
    with pytest.raises(ValidationError, match="标准岗位的层级"):
        save_post(code="PW", name="改", new=False, **values)  # type: ignore[arg-type]


@pytest.mark.clause("2.1")
def test_editions_come_into_force_on_their_day(personas: Personas) -> None:
    from datetime import date

    from organization.edition import edition_on

    values = {
        "title": "客户回访及投诉管理标准",
        "form_prefix": "ZT",
        "reason": "换版",
        "actor": personas.secadmin,
        "now": NOW,
    }
    first = StandardEdition.objects.get()
    made = save_edition(edition_id=None, number="ZTJS-GC-02-2026(B)", effective_on=date(2026, 4, 1), **values)  # type: ignore[arg-type]
    assert edition_on(date(2026, 3, 31)) == first
    assert edition_on(date(2026, 4, 1)) == made
    assert made.form_code("C028B1") == "ZTC028B1"
    with pytest.raises(ValidationError, match="不能早于今天"):
        save_edition(edition_id=None, number="X", effective_on=date(2026, 3, 9), **values)  # type: ignore[arg-type]
    with pytest.raises(ValidationError, match="已生效"):
        save_edition(edition_id=first.pk, number=first.number, effective_on=date(2026, 5, 1), **values)  # type: ignore[arg-type]
    with pytest.raises(PermissionDenied):
        save_edition(edition_id=None, number="X", effective_on=date(2027, 1, 1), **(values | {"actor": personas.gh}))  # type: ignore[arg-type]
