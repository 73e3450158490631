"""The tree of units: 集团公司 → 二级单位 → 项目经理部."""

from django.db import models
from simple_history.models import HistoricalRecords
from treebeard.mp_tree import MP_Node, MP_NodeManager, MP_NodeQuerySet


class Tier(models.TextChoices):
    GROUP = "group", "集团公司"
    UNIT = "unit", "二级单位"
    DEPARTMENT = "department", "项目经理部"


class UnitQuerySet(MP_NodeQuerySet):
    def under(self, unit: "Unit") -> "UnitQuerySet":
        """The unit itself and everything below it: one prefix comparison on the materialised path."""
        return self.filter(path__startswith=unit.path)


class UnitManager(MP_NodeManager.from_queryset(UnitQuerySet)):  # type: ignore[misc]
    def get_queryset(self) -> UnitQuerySet:
        return UnitQuerySet(self.model, using=self._db).order_by("path")


class Unit(MP_Node):
    """A unit of the group. Its place in the tree is its ``path``, so a scope is a path prefix (G2)."""

    code = models.CharField("编码", max_length=40, unique=True)
    name = models.CharField("名称", max_length=100)
    tier = models.CharField("层级", max_length=12, choices=Tier)
    dissolved_on = models.DateField("撤销日期", null=True, blank=True)

    objects = UnitManager()
    history = HistoricalRecords(excluded_fields=["numchild"])

    class Meta:
        verbose_name = "单位"
        verbose_name_plural = "单位"
        ordering = ["path"]
        constraints = [
            # A grant at the root means everything (Rule.narrow), so a second root may never exist.
            models.UniqueConstraint(fields=["depth"], condition=models.Q(depth=1), name="one_root"),
        ]

    def __str__(self) -> str:
        return self.name

    def covers(self, other: "Unit") -> bool:
        return other.path.startswith(self.path)

    def at_tier(self, tier: str) -> "Unit | None":
        """This unit or its nearest ancestor of ``tier``; None when the branch has none."""
        if self.tier == tier:
            return self
        # Every step of a record asks for several tiers of the same unit: its ancestors are read once for its path.
        path, above = self.__dict__.get("_above", ("", ()))
        if path != self.path:
            above = tuple(type(self).objects.get_ancestors(self).order_by("-depth"))
            self.__dict__["_above"] = (self.path, above)
        return next((unit for unit in above if unit.tier == tier), None)
