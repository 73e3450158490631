"""The upload of a workbook."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import UploadedFile

from ledgers.imports.archive import MAX_FILE_BYTES
from organization.models import Unit

from .fields import Form


class ImportForm(Form):
    """One workbook, and the department of its Appendix C forms."""

    file = forms.FileField(
        label="工作簿",
        allow_empty_file=True,  # the reader says what is wrong with it
        widget=forms.FileInput(
            attrs={
                "accept": ".xlsx,application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
                "data-upload": "",
                "data-upload-max": MAX_FILE_BYTES,
            }
        ),
        help_text=f"xlsx 格式,不超过 {MAX_FILE_BYTES // 1024 // 1024} MB,每次最多 20,000 行",
        error_messages={"required": "请选择要导入的工作簿。", "invalid": "文件没有上传成功,请重新选择。"},
    )
    department = forms.ChoiceField(
        label="项目经理部",
        required=False,
        help_text="附录 C 表格必须选择;汇总表以表中的“项目经理部编码”为准,留空的行归到这里",
        error_messages={"invalid_choice": "所选项目经理部不在您的管理范围内,请重新选择。"},
    )

    def __init__(self, *args: Any, departments: list[Unit], groups: dict[str, str], **kwargs: Any) -> None:
        """``groups``: path of a second-tier unit → its name, to find a department among hundreds."""
        super().__init__(*args, **kwargs)
        self.departments = {str(unit.pk): unit for unit in departments}
        choices: list[Any] = [(str(unit.pk), f"{unit.name}({unit.code})") for unit in departments]
        if len(groups) > 1:
            by_group: dict[str, list[tuple[str, str]]] = {}
            for (pk, label), unit in zip(choices, departments, strict=True):
                above = next((name for path, name in groups.items() if unit.path.startswith(path)), "其他")
                by_group.setdefault(above, []).append((pk, label))
            choices = list(by_group.items())
        field = self.fields["department"]
        field.choices = [("", "(汇总表可不选)"), *choices]  # type: ignore[attr-defined]
        if len(departments) == 1:
            self.initial.setdefault("department", str(departments[0].pk))

    def clean_file(self) -> UploadedFile:
        """The size first, before anything of it is read."""
        file: UploadedFile = self.cleaned_data["file"]
        if (file.size or 0) > MAX_FILE_BYTES:
            limit = MAX_FILE_BYTES // 1024 // 1024
            size = (file.size or 0) / 1024 / 1024
            raise ValidationError(
                f"文件有 {size:.1f} MB,最多 {limit} MB。请删除图片和多余的工作表,或分成几个文件导入。"
            )
        return file

    def clean_department(self) -> Unit | None:
        return self.departments.get(self.cleaned_data["department"])
