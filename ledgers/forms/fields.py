"""Fields that say in Chinese what is wrong and what to write instead; and how a service's refusal reaches its field."""

import re
from collections.abc import Iterable
from datetime import date, datetime
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.dateparse import parse_datetime

from ledgers.columns import PHONE_MAX
from ledgers.imports.cells import SHORT_MAX, BadCell, clean, fold, parse_date, parse_phone
from workflow.media_types import ACCEPT_ATTRIBUTE
from workflow.services.evidence import MAX_FILE_BYTES, MAX_IMAGE_BYTES

ISO = re.compile(r"\d{4}-\d{2}-\d{2}")
REQUIRED = "请填写此项。"
CHOOSE = "请从列表中选择一项。"
FORMAT = "%Y-%m-%dT%H:%M"
EXPECTED = "请写成 2026-03-10 09:20 这样的日期和时间"
YEARS = (2000, 2199)
MAY_BE_BLANK = ";没有号码请留空"
ABROAD = re.compile(r"\+(?!86)[1-9][0-9]{6,14}")
NOT_STORABLE = "含有不能保存的字符(空字符),请删除后重新输入。"


class Line(forms.CharField):
    """One line of text without control characters; longer than ``max_length`` is refused, never cut."""

    def __init__(self, label: str, *, max_length: int, required: bool = False, **kwargs: Any) -> None:
        messages = {
            "required": REQUIRED,
            "max_length": f"最多 {max_length} 个字,现有 %(show_value)d 个字,请精简。",
        }
        super().__init__(
            label=label, max_length=max_length, required=required, error_messages=messages, strip=True, **kwargs
        )

    def to_python(self, value: Any) -> str:
        text = str(super().to_python(value) or "")
        if "\x00" in text:
            raise ValidationError(NOT_STORABLE, code="null_characters_not_allowed")
        return self.tidy(clean(text))

    def tidy(self, text: str) -> str:
        return " ".join(part.strip() for part in text.split("\n") if part.strip()) if "\n" in text else text


class Text(Line):
    """Several lines of text."""

    def __init__(self, label: str, *, max_length: int, rows: int = 3, **kwargs: Any) -> None:
        widget = forms.Textarea(attrs={"rows": rows})
        super().__init__(label, max_length=max_length, widget=widget, **kwargs)

    def tidy(self, text: str) -> str:
        return text


class Phone(Line):
    """Telephone numbers in the one spelling the import knows too; several are joined by 、."""

    def __init__(self, label: str, **kwargs: Any) -> None:
        widget = forms.TextInput(attrs={"inputmode": "tel", "autocomplete": "off"})
        super().__init__(label, max_length=PHONE_MAX, widget=widget, **kwargs)

    def tidy(self, text: str) -> str:
        try:
            return parse_phone(super().tidy(text)) if text else ""
        except BadCell as bad:
            raise ValidationError(f"{bad.message}。", code="phone") from bad


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


class DayInput(forms.DateInput):
    """The browser's calendar; what is no date is shown again as it was typed, which a calendar could not."""

    input_type = "date"

    def __init__(self, **attrs: Any) -> None:
        super().__init__(attrs=attrs, format="%Y-%m-%d")

    def get_context(self, name: str, value: Any, attrs: dict[str, Any] | None) -> dict[str, Any]:
        context: dict[str, Any] = super().get_context(name, value, attrs)
        shown = context["widget"]["value"]
        if shown and not ISO.fullmatch(shown):
            context["widget"]["type"] = "text"
        return context


class Day(forms.DateField):
    """A day between 1980 and 2199, in the ways people write one."""

    widget = DayInput

    def __init__(self, label: str, *, required: bool = False, **kwargs: Any) -> None:
        super().__init__(label=label, required=required, error_messages={"required": REQUIRED}, **kwargs)

    def to_python(self, value: Any) -> date | None:
        if value in self.empty_values or isinstance(value, date):
            return value or None
        try:
            return parse_date(str(value))
        except BadCell as bad:
            raise ValidationError(f"{bad.message}。", code="invalid") from bad


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


class Pick(forms.ChoiceField):
    """One of a few values."""

    def __init__(
        self, label: str, choices: Iterable[tuple[str, str]], *, blank: str = "", required: bool = True, **kwargs: Any
    ) -> None:
        offered = [("", blank), *choices] if blank else list(choices)
        messages = {"required": CHOOSE, "invalid_choice": f"所填的值不在列表中,{CHOOSE}"}
        super().__init__(label=label, choices=offered, required=required, error_messages=messages, **kwargs)


class Flag(forms.BooleanField):
    def __init__(self, label: str, **kwargs: Any) -> None:
        super().__init__(label=label, required=False, **kwargs)


class Form(forms.Form):
    """The house's form: no colon after labels."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs.setdefault("label_suffix", "")
        super().__init__(*args, **kwargs)


def take_refusal(form: forms.Form, error: ValidationError) -> None:
    """Put a service's refusal beside the field it names, or at the top of the form."""
    if not hasattr(error, "error_dict"):
        form.add_error(None, error)
        return
    for name, errors in error.error_dict.items():
        form.add_error(name if name in form.fields else None, errors)
