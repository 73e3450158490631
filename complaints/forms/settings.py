"""The group's switches of the complaint flow [D]."""

from django import forms

from complaints.services.policy import REASON_MAX
from ledgers.forms.fields import Form, Line, Pick


class PolicyForm(Form):
    """Who supervises (B.2 step 11), whose plans are approved anew (clause 5.5.4)."""

    supervise_all = Pick(
        "领导监督范围",
        (
            ("1", "全部备案投诉均须分管领导、总经理监督(标准默认)"),
            ("0", "仅投诉至集团公司、集团领导的投诉须监督"),
        ),
        widget=forms.RadioSelect,
    )
    reapprove_all = Pick(
        "方案节点调整后的重新审批",
        (
            ("1", "全部投诉的方案节点调整均重新审批(标准默认)"),
            ("0", "仅投诉至集团公司、集团领导的投诉重新审批"),
        ),
        widget=forms.RadioSelect,
    )
    reason = Line("调整理由", max_length=REASON_MAX, required=True)
