"""One declaration of a right: the list and the object cannot disagree, out of reach is 404, no right is 403."""

from datetime import timedelta

import pytest
from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, transaction
from django.http import Http404
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from organization.authority import acting_as, holders_of, sync_authority, sync_matrix, unit_of_post
from organization.models import Appointment, AuthorityCell, Matter, Post, Unit, UnitPermission, User
from organization.models.units import Tier
from organization.permissions import EDIT_APPOINTMENTS, EDIT_UNITS, VIEW_APPOINTMENTS, VIEW_DIRECTORY
from organization.rules import Rule, grants_of

from ..factories import LONG_AGO, appoint, as_of_now, make_group, make_user
from ..personas import Personas

pytestmark = pytest.mark.clause("G2")

# A tree as a list of parents: unit i hangs under unit parents[i] (any earlier one).
TREES = st.lists(st.integers(0, 10**6), max_size=12)
HELD = st.lists(st.tuples(st.integers(0, 10**6), st.sampled_from(["PW", "UW", "UH", "GW", "UD"])), max_size=4)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(parents=TREES, held=HELD)
def test_narrow_equals_allows_for_any_tree_and_any_appointments(
    db: None, parents: list[int], held: list[tuple[int, str]]
) -> None:
    """Against a third, naive reading: at or below a unit where a post of theirs opens the action."""
    sid = transaction.savepoint()
    try:
        units = [Unit.objects.add_root({"code": "R", "name": "R", "tier": Tier.GROUP})]
        for number, pick in enumerate(parents):
            parent = Unit.objects.get(pk=units[pick % len(units)].pk)
            units.append(
                Unit.objects.add_child(parent, {"code": f"N{number}", "name": f"N{number}", "tier": Tier.UNIT})
            )
        units = list(Unit.objects.order_by("path"))
        user = make_user("random")
        for pick, post in held:
            appoint(user, post, units[pick % len(units)], sync=False)
        sync_authority(users=[user.pk], today=timezone.localdate())
        stranger = make_user("stranger")
        others = [appoint(stranger, "UD", unit, sync=False) for unit in units]
        user = as_of_now(user)
        cells = AuthorityCell.objects.filter(withdrawn=False)
        for rule in (VIEW_DIRECTORY, Rule.registry["ledgers.review"], Rule.registry["ledgers.view"]):
            posts = {cell.post_id for cell in cells if rule.action in cell.actions}
            roots = [
                a.unit.path for a in Appointment.objects.filter(user=user).select_related("unit") if a.post_id in posts
            ]
            naive = {u.pk for u in units if any(u.path.startswith(path) for path in roots)}
            own = Rule(rule.action, unit="", label=rule.label)
            assert set(own.narrow(user, Unit.objects.all()).values_list("pk", flat=True)) == naive
            assert {u.pk for u in units if own.allows(user, u)} == naive
            assert {u.pk for u in units if own.covers(user, u)} == naive
            assert set(own.units(user).values_list("pk", flat=True)) == naive
            through = Rule(rule.action, unit="unit", label=rule.label)
            rows = through.narrow(user, Appointment.objects.filter(user=stranger))
            assert {row.unit_id for row in rows} == naive
            assert {a.unit_id for a in others if through.allows(user, a)} == naive
            assert {u.pk for u in units if user in own.holders(u, timezone.localdate())} == naive
    finally:
        transaction.savepoint_rollback(sid)


def test_out_of_reach_is_404_and_no_right_is_403(personas: Personas) -> None:
    mine, neighbours = personas.unit("U1D1"), personas.unit("U2D1")
    assert VIEW_DIRECTORY.get(personas.pw11, Unit.objects.all(), pk=mine.pk) == mine
    with pytest.raises(Http404):
        VIEW_DIRECTORY.get(personas.pw11, Unit.objects.all(), pk=neighbours.pk)
    with pytest.raises(PermissionDenied, match="维护单位"):
        EDIT_UNITS.require(personas.pw11, mine)
    with pytest.raises(PermissionDenied):
        EDIT_UNITS.require_somewhere(personas.pw11)
    with pytest.raises(PermissionDenied):
        EDIT_APPOINTMENTS.require_at(personas.pw11, mine)
    EDIT_APPOINTMENTS.require_at(personas.secadmin, mine)


def test_a_code_that_begins_like_another_s_path_is_no_descendant(db: None) -> None:
    """Paths have steps of a fixed width, so a prefix is always a whole ancestor."""
    group = make_group(units=3, departments=2)
    for unit in group.by_code.values():
        inside = set(Unit.objects.under(unit).values_list("code", flat=True))
        assert inside == {
            code for code in group.by_code if unit.code in ("G", code) or code.startswith(f"{unit.code}D")
        }


def test_only_one_root_can_exist(db: None) -> None:
    """``narrow`` treats a grant at the root as everything, so the database refuses a second one."""
    make_group(units=1, departments=1)
    with pytest.raises(IntegrityError), transaction.atomic():
        Unit.objects.add_root({"code": "H", "name": "另一集团", "tier": Tier.GROUP})


def test_a_whole_group_scope_costs_no_condition(personas: Personas) -> None:
    narrowed = VIEW_APPOINTMENTS.narrow(personas.gw, Appointment.objects.order_by("pk"))
    assert "path" not in str(narrowed.query)
    assert narrowed.count() == Appointment.objects.count()


def test_inactive_and_anonymous_people_hold_nothing(personas: Personas) -> None:
    from django.contrib.auth.models import AnonymousUser

    assert grants_of(AnonymousUser()) == {}
    User.objects.filter(pk=personas.pw11.pk).update(is_active=False)
    assert grants_of(personas.fresh("pw11")) == {}


def test_superuser_gets_no_business_right(personas: Personas) -> None:
    root = make_user("root", is_superuser=True, is_staff=True)
    assert grants_of(root) == {}


def test_sync_is_idempotent_and_repairs(personas: Personas) -> None:
    today = timezone.localdate()
    assert sync_authority(today=today) == (0, 0)
    before = set(UnitPermission.objects.values_list("user", "permission", "content_object"))
    UnitPermission.objects.filter(user=personas.uw1).delete()
    stray = UnitPermission.objects.filter(user=personas.uh1).first()
    assert stray is not None
    UnitPermission.objects.create(
        user=personas.outsider, permission=stray.permission, content_object=stray.content_object
    )
    granted, withdrawn = sync_authority(today=today)
    assert granted > 0
    assert withdrawn == 1
    assert set(UnitPermission.objects.values_list("user", "permission", "content_object")) == before
    assert sync_authority(today=today) == (0, 0)


def test_sync_matrix_is_idempotent_and_keeps_the_group_s_edits(db: None) -> None:
    cell = AuthorityCell.objects.get(matter__code="A.4-1", post="PW")
    cell.actions = ["ledgers.draft"]
    cell.save()
    counts = (AuthorityCell.objects.count(), Matter.objects.count(), Post.objects.count())
    sync_matrix()
    cell.refresh_from_db()
    assert cell.actions == ["ledgers.draft"]
    assert (AuthorityCell.objects.count(), Matter.objects.count(), Post.objects.count()) == counts


def test_a_stray_grant_without_appointment_counts_for_nothing(personas: Personas) -> None:
    """Rows are only believed while an appointment at that unit is in force."""
    row = UnitPermission.objects.filter(user=personas.uh1).first()
    assert row is not None
    UnitPermission.objects.create(user=personas.outsider, permission=row.permission, content_object=row.content_object)
    assert grants_of(personas.fresh("outsider")) == {}


@pytest.mark.clause("G1", "G5")
def test_acting_as_prefers_one_s_own_post_to_a_substitution(personas: Personas) -> None:
    today = timezone.localdate()
    unit = personas.unit("U1D1")
    as_substitute = acting_as(personas.sub1, "ledgers.confirm", unit, today)
    assert as_substitute == personas.appointments["sub1"]
    assert "代 胡恒一" in str(as_substitute)
    own = appoint(personas.sub1, "UH", personas.unit("U1"), starts_on=LONG_AGO)
    assert acting_as(personas.sub1, "ledgers.confirm", unit, today) == own
    assert acting_as(personas.sub1, "ledgers.confirm", personas.unit("U2D1"), today) is None


@pytest.mark.clause("G5")
def test_holders_name_the_holder_before_the_substitute(personas: Personas) -> None:
    today = timezone.localdate()
    assert holders_of("UH", personas.unit("U1"), today) == [personas.uh1, personas.sub1]
    assert unit_of_post(Post.objects.get(pk="UH"), personas.unit("U1D1")) == personas.unit("U1")
    assert unit_of_post(Post.objects.get(pk="GH"), personas.unit("U1D1")) == personas.unit("G")
    assert unit_of_post(Post.objects.get(pk="PW"), personas.unit("U1")) is None
    assert holders_of("UH", personas.unit("U1"), LONG_AGO - timedelta(days=1)) == []
