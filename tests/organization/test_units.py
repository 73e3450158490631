"""The tree of units: where a unit may hang, that scopes follow a move, that nothing is lost."""

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest
from django.core.exceptions import PermissionDenied, ValidationError

from organization.errors import Conflict
from organization.models import Unit
from organization.permissions import VIEW_DIRECTORY
from organization.selectors.units import unit_tree
from organization.services import units as services
from organization.services.appointments import appoint

from ..personas import Personas

pytestmark = pytest.mark.clause("G2")
NOW = datetime(2026, 3, 10, 9, 0, tzinfo=ZoneInfo("Asia/Shanghai"))


def create(personas: Personas, parent: str, tier: str, **changes: object) -> Unit:
    values: dict[str, object] = {"code": "N1", "name": "新单位", "actor": personas.sysadmin, "now": NOW}
    return services.create_unit(parent_id=personas.unit(parent).pk, tier=tier, **(values | changes))  # type: ignore[arg-type]


def move(personas: Personas, unit: str, parent: str, **changes: object) -> Unit:
    values: dict[str, object] = {"reason": "重组", "actor": personas.sysadmin, "now": NOW}
    return services.move_unit(
        unit_id=personas.unit(unit).pk,
        parent_id=personas.unit(parent).pk,
        **(values | changes),  # type: ignore[arg-type]
    )


def sees(personas: Personas, login: str, unit: str) -> bool:
    return VIEW_DIRECTORY.allows(personas.fresh(login), personas.unit(unit))


def test_the_tiers_above_a_unit_follow_its_path(personas: Personas) -> None:
    unit = personas.unit("U1D1")
    assert (unit.at_tier("department"), unit.at_tier("unit")) == (unit, personas.unit("U1"))
    assert unit.at_tier("group") == personas.unit("G")
    move(personas, "U1D1", "U2")
    unit.refresh_from_db()  # the same object, asked again
    assert unit.at_tier("unit") == personas.unit("U2")
    assert unit.at_tier("unit").at_tier("department") is None  # type: ignore[union-attr]


def test_a_new_unit_is_in_scope_of_those_above_at_once(personas: Personas) -> None:
    made = create(personas, "U1", "department")
    assert made.history.get().history_user == personas.sysadmin
    assert VIEW_DIRECTORY.allows(personas.fresh("uw1"), made)
    assert not VIEW_DIRECTORY.allows(personas.fresh("uw2"), made)
    assert not VIEW_DIRECTORY.allows(personas.fresh("pw11"), made)


@pytest.mark.parametrize(
    ("parent", "tier", "changes", "field", "words"),
    [
        ("U1D1", "department", {}, "parent", "只能设在二级单位之下"),
        ("G", "department", {}, "parent", "只能设在二级单位之下"),
        ("U1D1", "unit", {}, "parent", "只能设在集团公司或二级单位之下"),
        ("G", "group", {}, "tier", "集团公司只有一个"),
        ("G", "unit", {"code": "U1"}, "code", "已存在"),
        ("G", "unit", {"name": " "}, "name", ""),
    ],
)
def test_a_wrong_place_or_name_is_refused(
    personas: Personas, parent: str, tier: str, changes: dict[str, object], field: str, words: str
) -> None:
    count = Unit.objects.count()
    with pytest.raises(ValidationError) as caught:
        create(personas, parent, tier, **changes)
    assert words in caught.value.message_dict[field][0]
    assert Unit.objects.count() == count


def test_scopes_follow_a_move(personas: Personas) -> None:
    assert (sees(personas, "uw1", "U1D1"), sees(personas, "uw2", "U1D1")) == (True, False)
    move(personas, "U1D1", "U2")
    assert (sees(personas, "uw1", "U1D1"), sees(personas, "uw2", "U1D1")) == (False, True)
    assert sees(personas, "pw11", "U1D1")
    newest = Unit.objects.get(code="U1D1").history.first()
    assert (newest.history_change_reason, newest.history_user) == ("重组", personas.sysadmin)


def test_a_whole_branch_moves_and_the_tree_stays_sound(personas: Personas) -> None:
    move(personas, "U2", "U1")
    assert sees(personas, "uw1", "U2D1")
    assert Unit.objects.find_problems() == ([], [], [], [], [])
    with pytest.raises(ValidationError, match="本单位或其下级"):
        move(personas, "U1", "U2")
    with pytest.raises(ValidationError, match="已经在"):
        move(personas, "U2", "U1")
    with pytest.raises(ValidationError, match="根单位"):
        move(personas, "G", "U1")


def test_dissolving_asks_for_an_empty_unit_and_can_be_undone(personas: Personas) -> None:
    def dissolve(code: str) -> Unit:
        return services.dissolve_unit(unit_id=personas.unit(code).pk, reason="完工", actor=personas.sysadmin, now=NOW)

    with pytest.raises(ValidationError, match="还有 3 个未撤销的下级单位"):
        dissolve("U1")
    with pytest.raises(ValidationError, match="未结束的任职"):
        dissolve("U1D1")
    with pytest.raises(ValidationError, match="不能撤销"):
        dissolve("G")
    dissolve("U1D3")
    with pytest.raises(Conflict, match="已于 2026-03-10 撤销"):
        dissolve("U1D3")
    shown = [leaf.unit.code for leaf in unit_tree(personas.uw1, on=NOW.date())[0].children]
    assert shown == ["U1D1", "U1D2"]
    with pytest.raises(ValidationError, match="已于 2026-03-10 撤销"):
        appoint(
            user_id=personas.outsider.pk,
            post_code="PW",
            unit_id=personas.unit("U1D3").pk,
            starts_on=NOW.date(),
            ends_on=None,
            reason="",
            actor=personas.secadmin,
            now=NOW,
        )
    services.restore_unit(unit_id=personas.unit("U1D3").pk, reason="误撤", actor=personas.sysadmin, now=NOW)
    assert Unit.objects.get(code="U1D3").dissolved_on is None


@pytest.mark.parametrize("login", ["secadmin", "auditor", "gh", "uh1", "pw11"])
def test_only_the_system_administrator_changes_the_tree(personas: Personas, login: str) -> None:
    actor = personas[login]
    with pytest.raises(PermissionDenied):
        create(personas, "U1", "department", actor=actor)
    with pytest.raises(PermissionDenied):
        move(personas, "U1D1", "U2", actor=actor)
    with pytest.raises(PermissionDenied):
        services.rename_unit(unit_id=personas.unit("U1").pk, code="X", name="X", reason="x", actor=actor, now=NOW)


def test_a_second_group_is_refused(personas: Personas) -> None:
    with pytest.raises(Conflict, match="只能有一个根单位"):
        services.create_root(code="H", name="另一集团")


def test_tree_counts_people_and_units(personas: Personas) -> None:
    (root,) = unit_tree(personas.gw, on=NOW.date())
    assert (root.unit.code, root.total, root.people) == ("G", 16, 6)
    first = root.children[0]
    assert (first.unit.code, first.total, first.people) == ("U1", 3, 6)
