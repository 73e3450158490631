"""Forms of units."""

from typing import Any

from django import forms
from django.db.models import QuerySet

from ..models import Unit
from ..models.units import Tier
from .fields import CODE, ReasonField, TextField, UnitField


class UnitForm(forms.Form):
    parent = UnitField(label="上级单位", queryset=Unit.objects.none())
    tier = forms.ChoiceField(label="层级", choices=[c for c in Tier.choices if c[0] != Tier.GROUP])
    code = TextField(label="编码", max_length=40, validators=[CODE], help_text="全集团唯一,如 U1D1")
    name = TextField(label="名称", max_length=100)

    def __init__(self, *args: Any, parents: QuerySet[Unit], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["parent"].queryset = parents  # type: ignore[attr-defined]


class UnitEditForm(forms.Form):
    code = TextField(label="编码", max_length=40, validators=[CODE])
    name = TextField(label="名称", max_length=100)
    reason = ReasonField()


class UnitMoveForm(forms.Form):
    parent = UnitField(label="新的上级单位", queryset=Unit.objects.none())
    reason = ReasonField()

    def __init__(self, *args: Any, parents: QuerySet[Unit], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["parent"].queryset = parents  # type: ignore[attr-defined]


class ReasonForm(forms.Form):
    """For steps that need nothing but a reason."""

    reason = ReasonField()
