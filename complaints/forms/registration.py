"""Registration on one page (clauses 2.2.2, 5.4.1), its correction, and what a whole number is needed for."""

from collections.abc import Mapping, Sequence
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.utils import timezone

from complaints.models import Complaint
from complaints.models.complaint import DEMAND_MAX, EVENT_MAX
from complaints.services.registration import CORRECTABLE, FIELDS
from ledgers.columns import PERSON_MAX
from ledgers.forms.fields import Files, Form, Line, Moment, OwnerPhone, Pick, Text, take_refusal
from ledgers.forms.ledger import Rows
from ledgers.models import Project
from ledgers.selectors.picking import LONGEST, FoundProjects
from organization.components.values import masked

DEMANDS_MAX = 30
REASON_MAX = 200
C = Complaint


def _radios() -> forms.RadioSelect:
    return forms.RadioSelect()


class EntryForm(Form):
    """What a registration says of the complaint itself. The service asks which of it is mandatory."""

    received_at = Moment("接收时间", help_text="业主的消息到达的时间,不晚于现在;多个渠道以最早的为准")
    late_reason = Line(
        "延迟登记原因", max_length=REASON_MAX, help_text="接收超过 24 小时才登记的,必须填写;登记是否及时会记录在案"
    )
    event = Text("投诉事件", max_length=EVENT_MAX, required=True, rows=4)
    complainant = Line("投诉人", max_length=PERSON_MAX, required=True)
    phone = OwnerPhone("联系电话", required=True)
    party = Pick("投诉主体", C.Party.choices, widget=_radios())
    kind = Pick("投诉类型", C.Kind.choices, widget=_radios())
    channel = Pick("投诉渠道", C.Channel.choices, widget=_radios())
    cause = Pick("投诉原因", C.Cause.choices, widget=_radios())

    def entry(self) -> dict[str, Any]:
        return {name: self.cleaned_data[name] for name in FIELDS if name in self.cleaned_data}


class RegistrationForm(EntryForm):
    """A new complaint. The project is what was picked, or the one that the text can only mean."""

    project_text = Line(
        "工程",
        max_length=LONGEST,
        required=True,
        widget=forms.TextInput(attrs={"placeholder": "输入工程名称或编号", "autocomplete": "off"}),
    )
    project = forms.ModelChoiceField(
        label="工程",
        queryset=Project.objects.none(),
        required=False,
        widget=forms.HiddenInput,
        error_messages={"invalid_choice": "所选工程不在您的登记范围内,请重新选择。"},
    )
    level = Pick("接收层级", C.Level.choices, widget=_radios())
    files = Files(  # type: ignore[assignment]  # a form keeps what was uploaded under the same name
        "投诉原件", help_text="函件、截图、录音、照片等,可选多个;没有可以先不传"
    )

    def __init__(
        self, *args: Any, levels: Sequence[tuple[str, str]], projects: QuerySet[Project], **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self.fields["level"].choices = levels  # type: ignore[attr-defined]
        asked = "请输入工程名称或编号,并选择投诉所涉的工程。"
        self.fields["project_text"].error_messages["required"] = asked
        self.fields["project"].queryset = projects  # type: ignore[attr-defined]
        self.initial.setdefault("received_at", timezone.localtime().replace(second=0, microsecond=0))
        if len(levels) == 1:
            self.initial.setdefault("level", levels[0][0])

    def clean(self) -> dict[str, Any]:
        """What was picked needs no words."""
        values: dict[str, Any] = super().clean() or {}
        if values.get("project") is not None and self.has_error("project_text", "required"):
            del self.errors["project_text"]
        return values

    def take_project(self, found: FoundProjects) -> None:
        """What the search made of the text, when nothing was picked from its list."""
        if self.cleaned_data.get("project") is not None or self.has_error("project") or self.has_error("project_text"):
            return
        if found.chosen is not None:
            self.cleaned_data["project"] = found.chosen
        elif found.rows:
            self.add_error("project_text", "找到多项工程,请在下面选择一项。")
        else:
            self.add_error(
                "project_text", f"您的范围内没有名称或编号含“{found.text[:30]}”的工程,请核对;未登记的工程请先登记。"
            )


class CorrectionForm(EntryForm):
    """The entry as it stands. The whole number is not shown: to keep it, nothing is typed."""

    revision = forms.IntegerField(widget=forms.HiddenInput, required=False)

    def __init__(self, *args: Any, complaint: Complaint, **kwargs: Any) -> None:
        initial = {name: getattr(complaint, name) for name in CORRECTABLE if name != "phone"}
        super().__init__(*args, initial={**initial, "revision": complaint.revision}, **kwargs)
        phone = self.fields["phone"]
        phone.required = False
        phone.help_text = "只在需要更正时填写完整号码;不填则保留原号码"
        phone.widget.attrs["placeholder"] = f"现为 {masked(complaint.phone)}"
        self.kept_phone = complaint.phone

    def entry(self) -> dict[str, Any]:
        values = super().entry()
        return values | {"phone": values["phone"] or self.kept_phone}

    @property
    def opened_with(self) -> int:
        """The revision the form was opened with; a form without one counts as older than anything."""
        found = self.cleaned_data.get("revision")
        return -1 if found is None else int(found)


class DemandForm(Form):
    """One demand of the owner; an empty row is none."""

    text = Text("诉求", max_length=DEMAND_MAX, rows=2)


DemandRows: type[Any] = forms.formset_factory(
    DemandForm, formset=Rows, extra=1, max_num=DEMANDS_MAX, absolute_max=DEMANDS_MAX + 40, validate_max=True
)


class Entry:
    """The whole page: the entry and its demands, item by item."""

    def __init__(self, form: EntryForm, data: Mapping[str, Any] | None, texts: Sequence[str] = ()) -> None:
        self.form = form
        opened = [{"text": text} for text in texts] if data is None else []
        self.rows = DemandRows(data, prefix="demands", initial=opened or None)
        self.demand_errors: list[str] = []

    def is_valid(self) -> bool:
        return all([self.form.is_valid(), self.rows.is_valid()])

    def demands(self) -> list[str]:
        return [row.cleaned_data["text"] for row in self.rows.forms if row.cleaned_data.get("text")]

    def refuse(self, error: ValidationError) -> None:
        """Put what the service objects to beside its field; the demands' beside their rows."""
        take_refusal(self.form, error)
        self.demand_errors += error.message_dict.get("demands", []) if hasattr(error, "error_dict") else []


def typed_texts(data: Mapping[str, Any]) -> list[str]:
    """The demands as they stand in a form that is only shown again."""
    return [str(value) for key, value in data.items() if key.startswith("demands-") and key.endswith("-text")]
