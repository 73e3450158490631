"""Running numbers: ``TS-U1-2026-0001``, per kind of record, unit (or the group) and year."""

from django.db import connection
from django.db.models import F
from django.db.transaction import TransactionManagementError

from organization.models import Unit
from workflow.models import Series


def series_name(prefix: str, code: str, year: int) -> str:
    """The name of a series: the kind of record, the unit that counts (G: the group), the year."""
    return f"{prefix}-{code}-{year}"


def take_numbers(name: str, count: int = 1) -> list[str]:
    """The next ``count`` numbers of a series.

    The row of the series stays locked until the transaction ends, so no number is given twice; a transaction that
    fails leaves no gap.
    """
    if not connection.in_atomic_block:
        raise TransactionManagementError("a number is taken in the transaction that uses it")
    if not Series.objects.filter(name=name).update(last=F("last") + count):
        Series.objects.get_or_create(name=name)
        Series.objects.filter(name=name).update(last=F("last") + count)
    last = Series.objects.values_list("last", flat=True).get(name=name)
    return [f"{name}-{number:04d}" for number in range(last - count + 1, last + 1)]


def take_number(prefix: str, unit: Unit | None, year: int) -> str:
    """The next number of the series of a unit (or the group) and year."""
    return take_numbers(series_name(prefix, unit.code if unit else "G", year))[0]
