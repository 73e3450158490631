"""The standard's first edition, so that every footer has something to print (R-2.1)."""

from datetime import date

from .models import StandardEdition


def ensure_edition() -> None:
    if not StandardEdition.objects.exists():
        StandardEdition.objects.create(number="ZTJS-GC-02-2018(A)", effective_on=date(2018, 1, 1))


def edition_on(day: date) -> StandardEdition:
    """The edition in force on a day; before the first one, the first."""
    found = StandardEdition.objects.in_force(day) or StandardEdition.objects.order_by("effective_on").first()
    if found is None:  # a database whose migrate has not finished
        raise RuntimeError("没有标准版本记录,请先运行 migrate。")
    return found
