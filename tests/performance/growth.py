"""A portal that grows: ``grow(n)`` adds n rows of everything that some page lists. For the counting of queries."""

from datetime import timedelta

from django.contrib.contenttypes.models import ContentType
from django.utils import timezone

from ledgers.models import Ledger, LedgerContact, LedgerImport, LedgerImportRow, LedgerVersion, Project
from organization.edition import edition_on
from organization.models import Appointment, LoginGuard, Post, SecurityEvent, StandardEdition, Unit, User
from reports.models import DownloadLog
from workflow.models import CalendarDay, Channel, Clock, ClockReminder, ClockRule, Evidence, Notice, Transition

from .case_growth import grow_cases
from .data import Loader
from .people import extend, load_group


class Portal:
    """``U1D1`` and its people look at it, and so do the unit, the group and the administrators."""

    def __init__(self) -> None:
        self.now = timezone.now()
        self.today = timezone.localdate(self.now)
        self.size = 0
        self.group = load_group(units=1, departments=1, today=self.today)
        self.loader = Loader(self.group, now=self.now)
        self.loader.load(1)
        self.ledger = Ledger.objects.select_related("project__department", "effective").get()
        self.loader.add_punch(self.ledger.project, 7)  # the seventh waits for the unit
        self.clerk = User.objects.get(username="pw1d1")
        self.officer = User.objects.get(username="uw1")
        # Every row names somebody else: a page that fetches names one by one shows it.
        self.strangers: list[User] = []

    def grow(self, count: int) -> None:
        numbers = range(self.size, self.size + count)
        self.size += count
        extend(self.group, self.group.units["G"], count, today=self.today, sync=False)
        extend(self.group, self.group.units["U1"], count, today=self.today)
        self.strangers = list(User.objects.exclude(pk__in=[self.clerk.pk, self.officer.pk]).order_by("-pk")[:count])
        self.loader.load(count)
        self.loader.add_punch(self.ledger.project, count)
        self._grow_ledger(numbers)
        grow_cases(self, numbers)
        self._grow_organization(numbers)
        self._grow_workflow(numbers)

    def _grow_ledger(self, numbers: range) -> None:
        """The one ledger whose page is opened: versions, people, steps, files, downloads, field history."""
        content_type = ContentType.objects.get_for_model(Ledger)
        about = {"content_type": content_type, "object_id": self.ledger.pk}
        versions = LedgerVersion.objects.bulk_create(
            LedgerVersion(
                ledger=self.ledger,
                number=100 + n,
                reason="业主方更换联系人。",
                name=self.ledger.project.name,
                edition=edition_on(self.today),
                created_at=self.now - timedelta(days=200 - n),
                created_by=user,
                approved_at=self.now - timedelta(days=199 - n),
                superseded_at=self.now - timedelta(days=198 - n),
            )
            for n, user in zip(numbers, self.strangers, strict=True)
        )
        for version in versions:
            LedgerContact.objects.create(version=version, group="owner", post="property_manager", name="何一鸣")
        for n in numbers:
            LedgerContact.objects.create(
                version=self.ledger.effective,
                group="owner",
                title=f"甲方代表{n}",
                name="何一鸣",
                phone="13800001234",
                order=50 + n,
            )
            self.ledger.project.local_requirements = f"第 {n} 次补充。"
            self.ledger.project.save()
        Transition.objects.bulk_create(
            Transition(
                **about,
                step="edit",
                label="修改台账",
                source="effective",
                target="effective",
                source_label="已生效",
                target_label="已生效",
                actor=user,
                post_id="PW",
                unit=self.ledger.project.department,
                on_behalf_of=self.clerk,
                at=self.now - timedelta(hours=n),
                changes=[{"field": "物业经理 联系方式", "old": "", "new": "138****1234"}],
            )
            for n, user in zip(numbers, self.strangers, strict=True)
        )
        Evidence.objects.bulk_create(
            Evidence(
                **about,
                name=f"质量保证书{n}.pdf",
                file=f"evidence/none-{n}",
                media_type="application/pdf",
                size=1000,
                sha256=f"{n:064d}",
                uploaded_by=user,
                uploaded_at=self.now,
            )
            for n, user in zip(numbers, self.strangers, strict=True)
        )
        DownloadLog.objects.bulk_create(
            DownloadLog(
                user=user,
                document="附录C.pdf",
                subject="台账",
                ledger=self.ledger,
                purpose="archive",
                rows=1,
                at=self.now,
            )
            for user in self.strangers
        )
        LedgerImportRow.objects.bulk_create(
            LedgerImportRow(
                job=self._import(),
                position=n,
                sheet="台账",
                row=n,
                finding=LedgerImportRow.Finding.ERROR,
                errors=[{"column": "工程名称", "message": "不能为空", "cell": f"C{n}"}],
            )
            for n in numbers
        )
        LedgerImport.objects.bulk_create(
            LedgerImport(
                name=f"汇总表{n}.xlsx",
                file=f"imports/none-{n}",
                sha256=f"{n + 1:064d}",
                department=self.ledger.project.department,
                uploaded_by=self.clerk,
                uploaded_at=self.now,
            )
            for n in numbers
        )

    def _import(self) -> LedgerImport:
        """The one import whose page is opened."""
        made, _ = LedgerImport.objects.get_or_create(
            sha256="0" * 64,
            defaults={
                "name": "台账.xlsx",
                "file": "imports/none",
                "department": self.ledger.project.department,
                "rejected": 1,
                "uploaded_by": self.clerk,
                "uploaded_at": self.now,
            },
        )
        return made

    def _grow_organization(self, numbers: range) -> None:
        clerks_post = Appointment.objects.get(user=self.clerk, post="PW", substitute_for=None, ends_on=None)
        officers_post = Appointment.objects.get(user=self.officer, substitute_for=None)
        department: Unit = self.ledger.project.department
        for n, user in zip(numbers, self.strangers, strict=True):
            past = self.today - timedelta(days=2000 - n)
            Appointment.objects.create(user=self.clerk, post_id="PE", unit=department, starts_on=past, ends_on=past)
            for principal in (clerks_post, officers_post):
                Appointment.objects.create(
                    user=user,
                    post=principal.post,
                    unit=principal.unit,
                    substitute_for=principal,
                    starts_on=self.today,
                    ends_on=self.today + timedelta(days=10),
                )
            Post.objects.create(code=f"X{n}", name=f"自设岗位{n}", tier="unit", order=200 + n)
            StandardEdition.objects.create(number=f"ZTJS-GC-02-{n}", effective_on=self.today + timedelta(days=400 + n))
        LoginGuard.objects.bulk_create(
            LoginGuard(
                account=user.username,
                failed_at=[self.now.isoformat()] * 5,
                last_failed_at=self.now,
                locked_until=self.now + timedelta(hours=1),
            )
            for user in self.strangers
        )
        SecurityEvent.objects.bulk_create(
            SecurityEvent(at=self.now, kind=SecurityEvent.Kind.LOGIN, account=user.username, actor=user)
            for user in self.strangers
        )

    def _grow_workflow(self, numbers: range) -> None:
        CalendarDay.objects.bulk_create(
            CalendarDay(on=self.today + timedelta(days=n), is_workday=n % 2 == 0) for n in numbers
        )
        Notice.objects.bulk_create(
            Notice(
                key=f"growth:{n}",
                kind="duty",
                recipient=user,
                channel=Channel.MAIL,
                content_type=ContentType.objects.get_for_model(Project),
                object_id=self.ledger.project_id,
                title="新待办",
                created_at=self.now,
                not_before=self.now,
                state=Notice.State.FAILED,
                error="451 稍后再试",
            )
            for n, user in zip(numbers, self.strangers, strict=True)
        )
        unremarked = Clock.objects.filter(reminders=None).order_by("pk")[: len(numbers)]
        ClockReminder.objects.bulk_create(
            ClockReminder(clock=clock, kind="overdue", moment=self.now, at=self.now, note="岗位空缺:无人接收")
            for clock in unremarked
        )
        rule = ClockRule.objects.get(code="ledger.build", current=True)
        for n, user in zip(numbers, self.strangers, strict=True):
            rule.pk, rule.version, rule.current = None, 1000 + n, False
            rule.changed_by, rule.changed_at, rule.reason = user, self.now, "试行调整"
            rule.save(force_insert=True)
