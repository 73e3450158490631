"""The second half of a case: the work, the group's file, supervision, evaluation, the end."""

from datetime import date, timedelta
from typing import Any

from complaints.models import Filing, Milestone, Order, Plan, Supervision
from complaints.services.filing import close_filing, file_complaint, receive_reports, track_complaint
from complaints.services.handling import close_complaint, evaluate_complaint, finish_work
from complaints.services.milestones import finish_milestone, record_progress
from complaints.services.planning import change_plan
from complaints.services.supervising import finish_order, hand_over, supervise_complaint

from .cases import Case
from .matters import PROGRESS
from .pictures import picture


class Work(Case):
    # --- filing, tracking, supervision

    def filing(self) -> Filing:
        return Filing.objects.get(complaint=self.pk)

    def file(self) -> None:
        self.later(1)
        file_complaint(filing_id=self.filing().pk, note="资料齐全,纳入每周跟踪。", actor=self.who("gw"), now=self.now)

    def follow_up(self, kind: str, percent: int) -> None:
        """``report`` by the unit, ``track`` by the group."""
        track_complaint(
            filing_id=self.filing().pk,
            kind=kind,
            milestones="按批准的节点推进。" if percent > 30 else "首个节点已开工。",
            resources="班组和材料已到位。",
            progress=PROGRESS[min(percent // 40, len(PROGRESS) - 1)],
            percent=percent,
            actor=self.who("uw" if kind == "report" else "gw"),
            now=self.now,
        )

    def receive(self) -> None:
        self.later(2)
        receive_reports(filing_id=self.filing().pk, actor=self.who("gw"), now=self.now)

    def supervise(self, kind: str = "process", posts: tuple[str, ...] = ("ul", "ug")) -> None:
        text = "已到现场检查,处理过程受控。" if kind == Supervision.Kind.PROCESS else "结果符合要求,业主认可。"
        for post in posts:
            supervise_complaint(filing_id=self.filing().pk, kind=kind, text=text, actor=self.who(post), now=self.now)

    def order(self, task: str, due_in: int, *, to_department: bool = False) -> Order:
        return hand_over(
            complaint_id=self.pk,
            task=task,
            due_on=self.today + timedelta(days=due_in),
            charged=self.who("ud") if to_department else None,
            actor=self.who("ul"),
            now=self.now,
        )

    def finish_order(self, order: Order) -> None:
        actor = self.who("ud" if order.charged_id else "pm")
        finish_order(order_id=order.pk, result="已落实并反馈。", actor=actor, now=self.now)

    # --- plan in force, work

    def approve(self) -> None:
        """PM the same day, UH and UL each on the day after."""
        self.decide_plan("check")
        self.decide_plan("review", "节点和资源可行,同意。")
        self.later(18)
        self.decide_plan("approve", "同意,按方案组织实施。")

    def planned(self, ends: list[date]) -> None:
        """The whole way to 整改中: the department asked, the plan written, checked, reviewed, approved."""
        opinion = self.ask()
        self.later(20)
        self.answer(opinion)
        self.write_plan(ends)
        self.submit_plan()
        self.approve()

    def change(self, reason: str, ends: list[date]) -> Plan:
        change_plan(plan_id=self.plan().pk, reason=reason, actor=self.who("pe"), now=self.now)
        self.write_plan(ends)
        self.submit_plan()
        return self.plan()

    def running(self) -> list[Milestone]:
        found = Milestone.objects.filter(plan_version__plan__complaint=self.pk, status=Milestone.Status.RUNNING)
        return list(found.select_related("plan_version__plan__complaint__department").order_by("number"))

    def progress(self, percent: int, *, photographed: bool = False) -> None:
        """On the first running milestone."""
        milestone = self.running()[0]
        if photographed:
            self.attach("before", "整改前.png", "pe", milestone)
        text = PROGRESS[min(percent // 40, len(PROGRESS) - 1)]
        record_progress(milestone_id=milestone.pk, percent=percent, text=text, actor=self.who("pe"), now=self.now)

    def finish_milestones(self, count: int = 99, *, photographed: bool = False) -> None:
        for milestone in self.running()[:count]:
            if photographed:
                self.attach("after", "整改后.png", "pe", milestone)
            finish_milestone(
                milestone_id=milestone.pk,
                done_on=self.today,
                text="已完成,自检合格。",
                actor=self.who("pe"),
                now=self.now,
            )

    def finish(self) -> None:
        self.later(1)
        finish_work(complaint_id=self.pk, remark="已处理完毕,提请评价。", actor=self.who("pe"), now=self.now)

    # --- evaluation and the end

    def evaluate(self, *, grade: int = 5, accepted: bool | None = None, next_in: int = 7, raised: bool = False) -> None:
        """``grade`` 4 and 5 satisfy; ``accepted`` instead of grades: the client's acceptance."""
        complaint = self.complaint()
        satisfied = grade >= 4 or accepted is True
        demands = list(complaint.demands.values_list("pk", flat=True))
        values: dict[str, Any] = {
            "kind": "grades" if accepted is None else "acceptance",
            "method": "visit" if accepted is None else "acceptance",
            "held_on": self.today,
            "department_people": f"{self.who('pe').name}、{self.who('pw').name}",
            "unit_people": self.who("uw").name,
            "client_people": complaint.complainant,
            "accepted": accepted,
            "opinion": "处理及时,效果满意。" if satisfied else "仍有返潮,未达到承诺效果,请继续处理。",
            "signed_by": complaint.complainant,
            "signed_on": self.today,
        }
        if accepted is None:
            values |= {
                "response": grade,
                "arrival": grade,
                "measures": grade,
                "result": grade,
                "attitude": min(grade + 1, 5),
            }
            values["overall"] = grade
        evaluate_complaint(
            complaint_id=self.pk,
            values=values,
            met=demands if satisfied else demands[:1],
            next_due_on=None if satisfied else self.today + timedelta(days=next_in),
            raise_severity=raised,
            files=[picture(self.random, "满意度评价表签字.png")],
            actor=self.who("uw"),
            now=self.now,
        )

    def close(self) -> None:
        """The entries on the result, the group's closing entry, the end."""
        self.later(1)
        self.supervise("result")
        close_filing(
            filing_id=self.filing().pk, conclusion="整改到位,业主满意,同意结案。", actor=self.who("gw"), now=self.now
        )
        self.later(1)
        self.end()

    def end(self) -> None:
        close_complaint(complaint_id=self.pk, remark="资料齐全,予以结案。", actor=self.who("uw"), now=self.now)
