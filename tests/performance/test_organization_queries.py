"""The pages of the organization app cost the same number of queries at any size."""

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from organization.authority import sync_authority
from organization.models import Appointment, Unit
from organization.models.units import Tier
from organization.selectors.units import unit_tree

from ..factories import LONG_AGO, make_users
from ..personas import Personas


def queries(client: Client, page: str) -> int:
    client.get(page)  # fills what is kept for the process
    with CaptureQueriesContext(
        connection,
    ) as captured:
        assert client.get(page).status_code == 200
    return len(captured)


def many_people(personas: Personas, number: int, prefix: str) -> None:
    people = make_users(f"{prefix}{i:05d}" for i in range(number))
    units = list(Unit.objects.filter(tier=Tier.DEPARTMENT))
    Appointment.objects.bulk_create(
        Appointment(user=person, post_id="PE", unit=units[i % len(units)], starts_on=LONG_AGO)
        for i, person in enumerate(people)
    )


@pytest.mark.parametrize("login", ["gw", "uw1"])
def test_people_list_at_5000_people(personas: Personas, client: Client, login: str) -> None:
    client.force_login(personas[login])
    page = reverse("organization:person_list") + "?q=人员&post=PE"
    many_people(personas, 30, "a")
    few = queries(client, page)
    many_people(personas, 5000, "b")
    many = queries(client, page)
    assert few == many
    assert many <= 12


@pytest.mark.parametrize("name", ["appointment_list", "substitute_list", "unit_detail", "matrix_sheet", "post_list"])
def test_lists_at_two_and_at_many_rows(personas: Personas, client: Client, name: str) -> None:
    client.force_login(personas.secadmin)
    args = [personas.unit("U1D1").pk] if name == "unit_detail" else []
    page = reverse(f"organization:{name}", args=args)
    few = queries(client, page)
    many_people(personas, 200, "c")
    if name == "substitute_list":
        stand_ins = make_users(f"s{i:03d}" for i in range(60))
        principals = Appointment.objects.filter(user__username__startswith="c")
        Appointment.objects.bulk_create(
            Appointment(
                user=stand_in,
                post_id=principal.post_id,
                unit_id=principal.unit_id,
                starts_on=LONG_AGO,
                ends_on=timezone.localdate(),
                substitute_for=principal,
            )
            for stand_in, principal in zip(stand_ins, principals, strict=False)
        )
    assert queries(client, page) == few
    assert few <= 12


def test_tree_of_630_units(personas: Personas, client: Client) -> None:
    root = personas.unit("G")
    for i in range(26):
        unit = Unit.objects.add_child(
            Unit.objects.get(pk=root.pk), {"code": f"V{i}", "name": f"单位{i}", "tier": "unit"}
        )
        for j in range(23):
            unit.refresh_from_db()
            Unit.objects.add_child(unit, {"code": f"V{i}D{j}", "name": f"部门{i}-{j}", "tier": "department"})
    assert Unit.objects.count() >= 630
    with CaptureQueriesContext(connection) as captured:
        (tree,) = unit_tree(personas.gw, on=timezone.localdate())
    assert tree.total == Unit.objects.count() - 1
    assert len(captured) <= 4
    client.force_login(personas.gw)
    assert queries(client, reverse("organization:unit_list")) <= 6


def test_audit_page_at_any_size(personas: Personas, client: Client) -> None:
    """Fifty rows of every kind cost what one row of each costs."""
    client.force_login(personas.auditor)
    page = reverse("organization:audit_log")
    personas.uw1.save()
    Unit.objects.get(code="U1").save()
    personas.appointments["uw1"].save()
    few = queries(client, page)
    for unit in Unit.objects.all():
        unit.name += "新"
        unit.save()
    for person in list(personas):
        person.name += "新"
        person.save()
    for held in Appointment.objects.all():
        held.reason = "新"
        held.save()
    sync_authority(today=timezone.localdate())
    assert queries(client, page) <= few + 4
    assert queries(client, page) <= 40
