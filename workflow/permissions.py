"""Actions of the kernel: the time-limit configuration, operations, urging."""

from organization.rules import Rule

VIEW_CLOCK_RULES = Rule("workflow.view_clock_rules", unit="", label="查看时限配置")
EDIT_CLOCK_RULES = Rule("workflow.edit_clock_rules", unit="", label="维护时限配置与工作日历")
OPERATE = Rule("workflow.operate", unit="", label="系统运维")
URGE = Rule("workflow.urge", unit="owner", label="督办")
