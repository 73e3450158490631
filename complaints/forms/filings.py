"""Filing, weekly entries, supervision, 督办 and 交办 as forms."""

from collections.abc import Sequence
from typing import Any

from complaints.models import Filing, FollowUp, Order, Supervision
from complaints.models.filing import TEXT_MAX
from ledgers.forms.fields import Day, Form, Pick, Text
from organization.models import User

from .plans import Percent, longest

TO_MANAGER = "pm"


class FileForm(Form):
    note = Text("备案说明", max_length=longest(Filing, "note"), rows=3)


class FollowUpForm(Form):
    """A weekly entry: milestones, resources and progress (clauses 5.6.2, 5.6.3)."""

    milestones = Text("时间节点情况", max_length=longest(FollowUp, "milestones"), rows=5, required=True)
    resources = Text("资源到位情况", max_length=longest(FollowUp, "resources"), rows=4, required=True)
    progress = Text("整改进展情况", max_length=longest(FollowUp, "progress"), rows=4, required=True)
    percent = Percent()


class SuperviseForm(Form):
    """An entry on the process or on the result: what may be said now."""

    kind = Pick("监督内容", ())
    text = Text("监督意见", max_length=TEXT_MAX, rows=5, required=True)

    def __init__(self, *args: Any, kinds: Sequence[str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["kind"].choices = [(kind, Supervision.Kind(kind).label) for kind in kinds]  # type: ignore[attr-defined]


class CloseFilingForm(Form):
    conclusion = Text("结案意见", max_length=longest(Filing, "conclusion"), rows=4, required=True)


class UrgeForm(Form):
    text = Text("督办意见", max_length=TEXT_MAX, rows=4, required=True)


class HandOverForm(Form):
    """R-3.2.1: what is to be done, by whom, until when."""

    charged = Pick("承办人", ())
    task = Text("交办事项", max_length=longest(Order, "task"), rows=5, required=True)
    due_on = Day("要求完成日期", required=True)

    def __init__(self, *args: Any, people: Sequence[User], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.people = {str(user.pk): user for user in people}
        offered = [(key, f"二级单位部门:{user}") for key, user in self.people.items()]
        self.fields["charged"].choices = [(TO_MANAGER, "项目经理部:项目经理"), *offered]  # type: ignore[attr-defined]

    def clean_charged(self) -> User | None:
        return self.people.get(self.cleaned_data["charged"])


class FinishOrderForm(Form):
    result = Text("办理结果", max_length=TEXT_MAX, rows=5, required=True)
