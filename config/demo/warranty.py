"""Warranty cases of the demo: one of every state, from every source but visits, which open their own."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from random import Random
from typing import Any

from django.db.models import Model
from django.utils import timezone

from complaints.models import Complaint
from complaints.models.complaint import OPEN
from ledgers.models import Ledger, Project, PunchItem, WarrantyCase
from ledgers.services.case_steps import (
    Dispatch,
    dispatch_case,
    finish_repair,
    record_arrival,
    reject_case,
    return_repair,
    verify_repair,
    void_case,
)
from ledgers.services.cases import open_case
from organization.models import Unit, User

from . import names
from .pictures import picture


@dataclass(frozen=True)
class Fault:
    place: str
    trade: str
    part: str
    problem: str
    measures: str
    urgent: bool = False


FAULTS = (
    Fault("1#楼 18 层东户卫生间", "防水", "waterproofing",
          "地漏周边渗水,楼下吊顶返潮发霉。",
          "剔除失效防水层,重做防水并闭水 48 小时无渗漏。"),
    Fault("3#楼屋面女儿墙", "防水", "waterproofing",
          "雨后女儿墙根部渗水,顶层住户墙面起皮。",
          "清理基层,泛水部位增设附加层,淋水试验合格。"),
    Fault("地下一层 B 区水泵房", "给排水", "installation",
          "生活水泵出口法兰漏水,泵房积水。",
          "更换法兰垫片和止回阀,试压 1.2 MPa 合格。", urgent=True),
    Fault("2#楼 6 层 602 客厅", "装饰装修", "decoration",
          "木地板起拱,踢脚线脱开。",
          "拆除起拱地板,晾干基层后重新铺装。"),
    Fault("5#楼 2 单元电梯厅", "电气", "installation",
          "公共照明反复跳闸,应急灯不亮。",
          "查出线路接头受潮,更换接线盒并做绝缘测试。", urgent=True),
    Fault("4#楼 11 层北立面", "门窗幕墙", "other",
          "幕墙开启扇漏风、滴水。",
          "更换密封胶条,调整五金,淋水试验合格。"),
    Fault("换热站二次管网", "采暖", "heating_cooling",
          "末端户室温不足 16 ℃,供暖不热。",
          "清洗过滤器,重新调整水力平衡,末端回水温度正常。"),
    Fault("地下车库 3 区顶板", "土建", "structure",
          "顶板裂缝渗水,滴到车位。",
          "裂缝注浆封闭,外侧补做防水,观察一周无渗漏。"),
)  # fmt: skip
# The state a case is taken to, and how many days ago it was reported.
STORIES: tuple[tuple[str, int], ...] = (
    ("done_rework", 46),
    ("done", 38),
    ("done_late", 33),
    ("done", 26),
    ("not_covered", 22),
    ("again", 19),
    ("rework", 16),
    ("handling_late", 13),
    ("to_verify", 9),
    ("void", 7),
    ("handling", 5),
    ("to_arrive_late", 4),
    ("to_dispatch_late", 3),
    ("to_arrive", 1),
    ("to_dispatch", 0),
)
OTHERS = 3  # stories of every department but the first


class Warranties:
    """Tells the stories in the order of their days, so that the numbers given rise with them."""

    def __init__(self, *, units: dict[str, Unit], random: Random, today: date) -> None:
        self.units, self.random, self.today = units, random, today
        self.people: dict[str, User] = {user.username: user for user in User.objects.all()}

    def load(self) -> None:
        agenda: list[tuple[int, int, str, Unit, Project]] = []
        departments = [unit for unit in self.units.values() if unit.tier == "department"]
        for index, department in enumerate(departments):
            stories = STORIES if not index else [STORIES[(index * 4 + k * 6) % len(STORIES)] for k in range(OTHERS)]
            for at, (story, days_ago) in enumerate(stories):
                projects = self._kept(department, days_ago)
                if projects:
                    agenda.append((-days_ago, index, story, department, projects[at % len(projects)]))
        for at, (before, _, story, department, project) in enumerate(sorted(agenda, key=lambda each: each[:2])):
            self._tell(story, -before, department, project, FAULTS[at % len(FAULTS)])

    def _kept(self, department: Unit, days_ago: int) -> list[Project]:
        """The department's projects whose ledger is in force and whose warranty had begun by then."""
        ledgers = Ledger.objects.filter(
            project__department=department,
            effective__isnull=False,
            warranty_start__lt=self.today - timedelta(days=days_ago),
            warranty_end__gte=self.today,
        )
        return [ledger.project for ledger in ledgers.select_related("project__department").order_by("pk")]

    def _moment(self, days_ago: float, hour: int = 9) -> datetime:
        day = self.today - timedelta(days=int(days_ago))
        at = timezone.make_aware(datetime.combine(day, time(hour, self.random.randrange(60))))
        return min(at, timezone.now())

    def _origin(self, project: Project, story: str) -> tuple[str, Model | None]:
        """A punch item or a complaint about the warranty begins the finished ones; a call the others."""
        if story == "done":
            open_items = (PunchItem.Status.OPEN, PunchItem.Status.DONE)
            item = PunchItem.objects.filter(project=project, status__in=open_items).order_by("pk").first()
            if item is not None:
                return WarrantyCase.Source.PUNCH, item
        if story == "handling":
            about = Complaint.objects.filter(project__department=project.department, kind="warranty", status__in=OPEN)
            complaint = about.select_related("project__department").order_by("pk").first()
            if complaint is not None:
                return WarrantyCase.Source.COMPLAINT, complaint
        return WarrantyCase.Source.CALL, None

    def _tell(self, story: str, days_ago: int, department: Unit, project: Project, fault: Fault) -> None:
        i, j = department.code[1], department.code[3]
        who = {post: self.people[f"{post}{i}{j}"] for post in ("pw", "pe", "pm")}
        who |= {post: self.people[f"{post}{i}"] for post in ("uw", "uh")}
        source, subject = self._origin(project, story)
        if isinstance(subject, Complaint):
            project = subject.project
        opened = self._moment(days_ago)
        case = open_case(
            project=project,
            source=source,
            subject=subject,
            values={
                "reporter": f"{names.person(self.random)[0]}先生",
                "phone": names.phone(self.random),
                "reported_at": opened - timedelta(minutes=20),
                "channel": "phone" if source == WarrantyCase.Source.CALL else "onsite",
                "place": fault.place,
                "trade": fault.trade,
                "part": fault.part,
                "problem": fault.problem,
                "urgency": "urgent" if fault.urgent else "normal",
            },
            photos=[picture(self.random, "问题.png")],
            actor=who["pw"],
            now=opened,
        )
        if story == "void":
            void_case(
                case_id=case.pk, reason="与前一日登记的报修重复。", actor=who["uh"], now=self._moment(days_ago, 15)
            )
        elif story == "not_covered":
            proof = [picture(self.random, "业主改造.png")]
            reason = "住户自行拆除地漏和防水层,属使用不当,不在保修范围内。"
            reject_case(
                case_id=case.pk, reason=reason, proof=proof, actor=who["uh"], now=self._moment(days_ago - 1, 10)
            )
        elif not story.startswith("to_dispatch"):
            self._repair(case, story, days_ago, who, fault)

    def _repair(self, case: WarrantyCase, story: str, days_ago: int, who: dict[str, User], fault: Fault) -> None:
        pk, now = case.pk, self._moment(days_ago, 10)
        within = 2 if story in ("handling_late", "done_late") else 7
        limits = Dispatch(
            names.firm(self.random),
            names.person(self.random),
            now + timedelta(hours=4 if fault.urgent else 24),
            timezone.localdate(now) + timedelta(days=within),
        )
        actor = who["uw"] if days_ago % 2 else who["pm"]
        dispatch_case(case_id=pk, dispatch=limits, in_warranty=True, actor=actor, now=now)
        if story.startswith("to_arrive"):
            return
        arrived = self._moment(days_ago, 13)
        record_arrival(case_id=pk, photos=[picture(self.random, "到场.png")], actor=who["pe"], now=arrived)
        if story in ("handling", "handling_late"):
            return
        done = days_ago - 4
        self._finish(pk, done, who, fault)
        if story == "to_verify":
            return
        if story in ("rework", "again", "done_rework"):
            again = timezone.localdate(self._moment(done - 1)) + timedelta(days=30 if story != "done_rework" else 5)
            reason = "客户反映仍有渗漏,未彻底解决。" if fault.trade == "防水" else "客户反映问题再次出现。"
            return_repair(case_id=pk, reason=reason, repair_by=again, actor=who["pw"], now=self._moment(done - 1, 11))
            if story == "rework":
                return
            record_arrival(case_id=pk, actor=who["pe"], now=self._moment(done - 2, 9))
            if story == "again":
                return
            self._finish(pk, done - 4, who, fault)
            done -= 4
        grade = {"done_rework": 2, "done_late": 3}.get(story, self.random.choice((5, 5, 4)))
        signature: list[Any] = [picture(self.random, "客户签字.png")]
        verify_repair(
            case_id=pk,
            client=case.reporter,
            satisfaction=grade,
            signature=signature,
            actor=who["pw"],
            now=self._moment(done - 1, 16),
        )

    def _finish(self, pk: int, days_ago: int, who: dict[str, User], fault: Fault) -> None:
        cost = Decimal(self.random.randrange(3, 40) * 100)
        finish_repair(
            case_id=pk,
            measures=fault.measures,
            cost=cost,
            charged=cost if self.random.random() < 0.6 else None,
            photos=[picture(self.random, "维修后.png")],
            actor=who["pe"],
            now=self._moment(days_ago, 15),
        )
