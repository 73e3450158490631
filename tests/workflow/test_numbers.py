"""Running numbers: none twice, no gap; those of complaints went over and go on where they stood."""

import importlib
from typing import Any

import pytest
from django.apps import apps
from django.db import connection, transaction
from django.db.migrations.executor import MigrationExecutor
from django.db.transaction import TransactionManagementError

from organization.models import Unit
from tests.factories import Group
from workflow.models import Series
from workflow.services.numbers import series_name, take_number, take_numbers


@pytest.mark.django_db
def test_numbers_follow_each_other(group: Group) -> None:
    unit = group["U1"]
    assert take_number("BX", unit, 2026) == "BX-U1-2026-0001"
    assert take_numbers(series_name("BX", "U1", 2026), 3) == [f"BX-U1-2026-{n:04d}" for n in (2, 3, 4)]
    assert take_number("BX", unit, 2027) == "BX-U1-2027-0001"
    assert take_number("BX", None, 2026) == "BX-G-2026-0001"
    assert take_numbers(series_name("BX", "U1", 2026), 9997)[-1] == "BX-U1-2026-10001"


@pytest.mark.django_db
def test_a_transaction_that_fails_leaves_no_gap(group: Group) -> None:
    assert isinstance(group["U2"], Unit)
    with transaction.atomic():
        assert take_number("TS", group["U2"], 2026) == "TS-U2-2026-0001"
        transaction.set_rollback(True)
    assert take_number("TS", group["U2"], 2026) == "TS-U2-2026-0001"


@pytest.mark.django_db(transaction=True)
def test_a_number_is_taken_in_a_transaction_only() -> None:
    with pytest.raises(TransactionManagementError):
        take_numbers("TS-G-2026")
    assert not Series.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_the_numbers_of_complaints_go_over_and_back() -> None:
    """Back and forth through the migration that moved the table."""
    before, after = ("complaints", "0005_filing_indexes"), ("complaints", "0006_series_to_workflow")
    Series.objects.create(name="TS-U1-2026", last=7)
    try:
        old = migrated(before).get_model("complaints", "Series")
        assert list(old.objects.values_list("name", "last")) == [("TS-U1-2026", 7)]
        old.objects.filter(name="TS-U1-2026").update(last=9)
        old.objects.create(name="HF-U1-2026", last=2)
        moved = migrated(after).get_model("workflow", "Series")
        assert dict(moved.objects.values_list("name", "last")) == {"TS-U1-2026": 9, "HF-U1-2026": 2}
        assert "complaints_series" not in connection.introspection.table_names()
    finally:
        executor = MigrationExecutor(connection)
        executor.migrate(executor.loader.graph.leaf_nodes())
        Series.objects.all().delete()


def migrated(target: tuple[str, str]) -> Any:
    executor = MigrationExecutor(connection)
    executor.migrate([target])
    executor = MigrationExecutor(connection)
    return executor.loader.project_state([target]).apps


@pytest.mark.django_db
def test_a_series_that_went_further_meanwhile_is_not_set_back() -> None:
    """A web of the older version took numbers while the rows went over: the higher one counts."""
    carry = importlib.import_module("complaints.migrations.0006_series_to_workflow")._carry
    Series.objects.create(name="TS-U1-2026", last=9)

    class Older:
        class objects:
            @staticmethod
            def values_list(*_: str) -> list[tuple[str, int]]:
                return [("TS-U1-2026", 7), ("TS-U2-2026", 3)]

    carry(Older, apps.get_model("workflow", "Series"))
    assert dict(Series.objects.values_list("name", "last")) == {"TS-U1-2026": 9, "TS-U2-2026": 3}
