"""Fields whose messages are in words: plain one-line text, a person, a unit."""

import unicodedata
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.core.validators import RegexValidator
from django.db.models import QuerySet
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString

from ..models import Unit, User
from ..selectors.people import find_person

CODE = RegexValidator(r"^[A-Za-z0-9][A-Za-z0-9_.-]*$", "只能用字母、数字、点、下划线和连字符,并以字母或数字开头。")
PHONE = RegexValidator(r"^\+?[0-9][0-9 ()-]{4,28}$", "请填写有效的电话号码,如 13800001234 或 010-62345678。")


def no_control_characters(value: str) -> None:
    """Line breaks, control and direction characters in a name would forge lists, mail headers and exports."""
    if any(unicodedata.category(character) in ("Cc", "Cf", "Zl", "Zp", "Cs") for character in value):
        raise ValidationError("含有不可见的控制字符,请删除后重新输入。")


class TextField(forms.CharField):
    """One line of ordinary text."""

    default_validators = [no_control_characters]


class ReasonField(TextField):
    """Why; kept in the field history."""

    def __init__(self, **kwargs: Any) -> None:
        options: dict[str, Any] = {"label": "原因", "max_length": 100}
        super().__init__(**(options | kwargs))


class DayField(forms.DateField):
    """A date with the browser's own calendar."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**({"widget": forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")} | kwargs))

    def to_python(self, value: Any) -> Any:
        found = super().to_python(value)
        if found is not None and not 2000 <= found.year <= 2100:
            raise ValidationError("年份应在 2000 至 2100 之间。")
        return found


class PersonInput(forms.TextInput):
    """A text box with suggestions fetched while typing; works as a plain box without scripts."""

    def __init__(self, principal_id: int | None = None) -> None:
        super().__init__(attrs={"autocomplete": "off", "placeholder": "输入姓名、账号或工号"})
        self.principal_id = principal_id

    def render(self, name: str, value: Any, attrs: dict[str, Any] | None = None, renderer: Any = None) -> SafeString:
        address = reverse("organization:person_options") + f"?field={name}"
        if self.principal_id:
            address += f"&principal={self.principal_id}"
        target = f"{name}-options"
        wiring = {
            "list": target,
            "hx-get": address,
            "hx-trigger": "input changed delay:250ms",
            "hx-target": f"#{target}",
            "hx-swap": "innerHTML",
        }
        box = super().render(name, value, (attrs or {}) | wiring, renderer)
        return format_html('{}<datalist id="{}"></datalist>', box, target)


class PersonField(TextField):
    """What somebody typed → the one person it means among those they may choose."""

    def __init__(self, *, among: QuerySet[User], principal_id: int | None = None, **kwargs: Any) -> None:
        options: dict[str, Any] = {"max_length": 120, "widget": PersonInput(principal_id)}
        super().__init__(**(options | kwargs))
        self.among = among

    def clean(self, value: Any) -> Any:
        text = super().clean(value)
        if not text:
            return None
        found = find_person(text, self.among)
        if found.person is None:
            raise ValidationError(found.error)
        return found.person


class UnitField(forms.ModelChoiceField):
    """A unit of the tree, indented by depth."""

    def label_from_instance(self, obj: Unit) -> str:
        return f"{'　' * (obj.depth - 1)}{obj.name}"
