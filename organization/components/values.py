"""Values as people read them. Moments are shown in Beijing time."""

from datetime import date, datetime, timedelta

from django.utils import timezone


def masked(phone: str | None) -> str:
    """A phone as pages show it: 138****1234; a landline keeps its area code and last two digits; of several, each."""
    text = (phone or "").strip()
    if "、" in text:
        return "、".join(masked(one) for one in text.split("、"))
    digits = sum(character.isdigit() for character in text)
    if digits < 5:
        return "****" if text else ""
    if digits == 11 and text.isdigit() and text.startswith("1"):
        return f"{text[:3]}****{text[-4:]}"
    head, dash, rest = text.partition("-")
    if dash and rest:
        return f"{head}-****{rest[-2:]}"
    return f"{text[:2]}****{text[-2:]}"


def moment(value: datetime | None) -> str:
    """YYYY-MM-DD HH:MM in Beijing time; nothing for no moment."""
    return timezone.localtime(value).strftime("%Y-%m-%d %H:%M") if value else ""


def day(value: date | datetime | None) -> str:
    """YYYY-MM-DD; a moment is first put into Beijing time."""
    if isinstance(value, datetime):
        value = timezone.localtime(value)
    return value.strftime("%Y-%m-%d") if value else ""


def limit_moment(value: datetime | None) -> str:
    """A due moment as the standard counts it: the first late moment 00:00 reads as 24:00 of the day before.

    A naive one is in Beijing time.
    """
    if value is None:
        return ""
    local = timezone.localtime(value) if value.tzinfo else value
    if local.hour == local.minute == 0:
        return f"{local - timedelta(days=1):%Y-%m-%d} 24:00"
    return local.strftime("%Y-%m-%d %H:%M")


def file_size(value: int | None) -> str:
    """Bytes in KB or MB, one decimal."""
    size = float(value or 0)
    if size < 1024:
        return f"{int(size)} B"
    return f"{size / 1024:.1f} KB" if size < 1024 * 1024 else f"{size / 1024 / 1024:.1f} MB"
