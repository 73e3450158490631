"""The upload of an Appendix D made elsewhere."""

from django import forms
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import UploadedFile

from ledgers.forms.fields import Form
from ledgers.imports.archive import MAX_FILE_BYTES
from revisits.imports.reading import MOST

LIMIT = MAX_FILE_BYTES // 1024 // 1024
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


class ImportForm(Form):
    """One workbook."""

    file = forms.FileField(
        label="工作簿",
        allow_empty_file=True,  # the reader says what is wrong with it
        widget=forms.FileInput(attrs={"accept": f".xlsx,{XLSX}", "data-upload": "", "data-upload-max": MAX_FILE_BYTES}),
        help_text=f"附录 D 格式的 xlsx,不超过 {LIMIT} MB,每次最多 {MOST:,} 行",
        error_messages={"required": "请选择要导入的工作簿。", "invalid": "文件没有上传成功,请重新选择。"},
    )

    def clean_file(self) -> UploadedFile:
        """The size first, before anything of it is read."""
        file: UploadedFile = self.cleaned_data["file"]
        size = (file.size or 0) / 1024 / 1024
        if size > LIMIT:
            raise ValidationError(
                f"文件有 {size:.1f} MB,最多 {LIMIT} MB。请删除图片和多余的工作表,或分成几个文件导入。"
            )
        return file
