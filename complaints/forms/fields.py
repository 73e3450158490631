"""Fields of the complaints' forms that the ledgers do not have."""

import re
from datetime import datetime
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.dateparse import parse_datetime

from ledgers.forms.fields import REQUIRED, Phone
from ledgers.imports.cells import SHORT_MAX, BadCell, clean, fold, parse_phone
from workflow.media_types import ACCEPT_ATTRIBUTE
from workflow.services.evidence import MAX_FILE_BYTES, MAX_IMAGE_BYTES

FORMAT = "%Y-%m-%dT%H:%M"
EXPECTED = "请写成 2026-03-10 09:20 这样的日期和时间"
YEARS = (2000, 2199)
MAY_BE_BLANK = ";没有号码请留空"
ABROAD = re.compile(r"\+(?!86)[1-9][0-9]{6,14}")


class MomentInput(forms.DateTimeInput):
    """The browser's own picker; what is no moment is shown again as it was typed, which a picker could not."""

    input_type = "datetime-local"

    def __init__(self, **attrs: Any) -> None:
        super().__init__(attrs=attrs, format=FORMAT)

    def get_context(self, name: str, value: Any, attrs: dict[str, Any] | None) -> dict[str, Any]:
        context: dict[str, Any] = super().get_context(name, value, attrs)
        shown = str(context["widget"]["value"] or "")
        try:
            datetime.strptime(shown, FORMAT)  # noqa: DTZ007 - only its shape is asked
        except ValueError:
            context["widget"]["type"] = "text" if shown else self.input_type
        return context


class Moment(forms.DateTimeField):
    """A date with a time, to the minute, in the portal's own time zone."""

    widget = MomentInput

    def __init__(self, label: str, *, required: bool = True, **kwargs: Any) -> None:
        super().__init__(label=label, required=required, error_messages={"required": REQUIRED}, **kwargs)

    def to_python(self, value: Any) -> datetime | None:
        if value in self.empty_values:
            return None
        if isinstance(value, datetime):
            return value
        text = clean(str(value))[:40].replace("T", " ")
        for mark in "年月/.":
            text = text.replace(mark, "-")
        try:
            found = parse_datetime(text.replace("日", " ").replace("  ", " ").strip())
        except ValueError:
            found = None
        if found is None:
            raise ValidationError(f"“{fold(str(value)[:30])}”不是日期和时间,{EXPECTED}。", code="invalid")
        if not YEARS[0] <= found.year <= YEARS[1]:
            raise ValidationError(f"年份应在 {YEARS[0]} 至 {YEARS[1]} 之间,请核对。", code="invalid")
        return timezone.make_aware(found) if timezone.is_naive(found) else found


class FilesInput(forms.FileInput):
    allow_multiple_selected = True


class Files(forms.FileField):
    """Any number of files up to ``MOST``; what each of them is, the service looks at."""

    MOST = 20

    def __init__(self, label: str, *, required: bool = False, **kwargs: Any) -> None:
        limit = max(MAX_FILE_BYTES, MAX_IMAGE_BYTES)
        widget = FilesInput(
            attrs={"multiple": True, "data-upload": "", "data-upload-max": limit, "accept": ACCEPT_ATTRIBUTE}
        )
        messages = {"required": "请选择文件。", "invalid": "文件没有上传成功,请重新选择。"}
        super().__init__(
            label=label, required=required, widget=widget, allow_empty_file=True, error_messages=messages, **kwargs
        )

    def clean(self, data: Any, initial: Any = None) -> list[Any]:
        files = [one for one in (data if isinstance(data, list | tuple) else [data]) if one]
        if len(files) > self.MOST:
            raise ValidationError(f"一次最多 {self.MOST} 个文件,请分次上传。")
        if not files:
            super().clean(None, initial)
        return [super(Files, self).clean(one, initial) for one in files]


class OwnerPhone(Phone):
    """A number in China in its one spelling; one abroad (R-1c: overseas projects) with its country code."""

    def tidy(self, text: str) -> str:
        try:
            return parse_owner_phone(text)
        except BadCell as bad:
            raise ValidationError(f"{bad.message}。", code="phone") from bad


def parse_owner_phone(value: Any) -> str:
    """A complainant's number; unlike a contact's it is never left out (clause 5.4.1)."""
    if isinstance(value, str) and len(value) <= SHORT_MAX:
        number = re.sub(r"[\s()\-]", "", fold(value))
        if ABROAD.fullmatch(number):
            return number
        value = " ".join(value.split("\n"))
    try:
        return parse_phone(value)
    except BadCell as bad:
        raise BadCell(bad.message.replace(MAY_BE_BLANK, "")) from bad
