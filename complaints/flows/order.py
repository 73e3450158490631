"""The life of a 交办单 (R-3.2.1), one step a line."""

from complaints import clocks as C
from complaints.models import Order
from complaints.permissions import CARRY_OUT, CARRY_OUT_ASSIGNED, CHANGE_ORDER, VIEW_PART
from workflow.flow import Flow, Step
from workflow.models import Outcome

O = Order.Status  # noqa: E741
BOTH = (C.ORDER_PM, C.ORDER_UD)


def for_department(order: Order) -> str:
    """For the project manager of the project department."""
    return "该交办单由二级单位部门人员承办。" if order.charged_id else ""


def for_person(order: Order) -> str:
    return "" if order.charged_id else "该交办单由项目经理承办。"


# fmt: off
ORDER_FLOW = Flow(
    Order,
    Step("give_pm", O.OPEN, O.OPEN, CHANGE_ORDER, "交办项目经理部", "3.2.1", fits=for_department, starts=(C.ORDER_PM,)),
    Step("give_ud", O.OPEN, O.OPEN, CHANGE_ORDER, "交办部门", "3.2.1", fits=for_person, starts=(C.ORDER_UD,)),
    Step("done_pm", O.OPEN, O.DONE, CARRY_OUT, "办结", "3.2.1", fits=for_department, stops=(C.ORDER_PM,), tells=(CHANGE_ORDER,)),
    Step("done_ud", O.OPEN, O.DONE, CARRY_OUT_ASSIGNED, "办结", "3.2.1", fits=for_person, stops=(C.ORDER_UD,), tells=(CHANGE_ORDER,)),
    Step("cancel", O.OPEN, O.CANCELLED, CHANGE_ORDER, "取消交办", "3.2.1", remark=True, stops=BOTH, outcome=Outcome.CANCELLED, style="danger"),
    Step("drop", O.OPEN, O.CANCELLED, None, "交办取消", "3.2.1", stops=BOTH, outcome=Outcome.CANCELLED),
    unit="complaint.department", case="complaint", view=VIEW_PART, url_name="complaints:order_detail",
)
# fmt: on
