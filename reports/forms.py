"""The purpose that is asked before a document with phones leaves the portal."""

from typing import Any

from django import forms

from .models import DownloadLog


class PurposeForm(forms.Form):
    """One click on a purpose suffices; 其他 needs to be said in words."""

    purpose = forms.ChoiceField(
        label="用途",
        choices=DownloadLog.Purpose.choices,
        error_messages={"required": "请选择用途。", "invalid_choice": "没有这个用途,请从列表中选择。"},
    )
    detail = forms.CharField(
        label="用途说明",
        required=False,
        max_length=100,
        error_messages={"max_length": "用途说明最多 %(limit_value)d 个字,现有 %(show_value)d 个字,请精简。"},
    )

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        said = data.get("detail", "").strip()
        if data.get("purpose") == DownloadLog.Purpose.OTHER and len(said) < 2 and not self.errors:
            self.add_error("detail", "选择“其他”时请写明用途(至少 2 个字)。")
        return data
