"""The actions on revisit plans and visits. Who holds them: the authority matrix (A.4 rows 2 to 8, S).

The unit's plan and the project department's are decided by different posts, so each action stands twice.
"""

from organization.rules import Rule

VIEW = Rule("revisits.view", unit="unit", label="查看回访计划与回访")
VIEW_PART = Rule("revisits.view", unit="plan__unit", label="查看回访计划与回访")
VIEW_IN = Rule("revisits.view", unit="", label="查看回访计划与回访")

DRAFT_UNIT = Rule("revisits.draft_unit", unit="unit", label="编制二级单位回访计划")
DRAFT_UNIT_IN = Rule("revisits.draft_unit", unit="", label="编制二级单位回访计划")
DRAFT_DEPARTMENT = Rule("revisits.draft_department", unit="unit", label="编制项目经理部回访计划")
DRAFT_DEPARTMENT_IN = Rule("revisits.draft_department", unit="", label="编制项目经理部回访计划")
SUBMIT_UNIT = Rule("revisits.submit_unit", unit="unit", label="上报二级单位回访计划")
SUBMIT_DEPARTMENT = Rule("revisits.submit_department", unit="unit", label="上报项目经理部回访计划")
APPROVE_UNIT = Rule("revisits.approve_unit", unit="unit", label="审批二级单位回访计划")
APPROVE_DEPARTMENT = Rule("revisits.approve_department", unit="unit", label="审批项目经理部回访计划")
# A proposal for many plans at once; who drafts each of them goes on with it.
PREPARE_IN = Rule("revisits.prepare", unit="", label="批量编制回访计划")
PREPARE = Rule("revisits.prepare", unit="unit", label="批量编制回访计划")

VISIT_UNIT = Rule("revisits.visit_unit", unit="unit", label="实施二级单位回访")
VISIT_DEPARTMENT = Rule("revisits.visit_department", unit="unit", label="实施项目经理部回访")
TAKE_PART = Rule("revisits.take_part", unit="unit", label="记录集团参与")
EDIT_POLICY = Rule("revisits.edit_policy", unit="", label="维护回访频次设置")

# By ``Level``.
DRAFT = {"unit": DRAFT_UNIT, "department": DRAFT_DEPARTMENT}
DRAFT_IN = {"unit": DRAFT_UNIT_IN, "department": DRAFT_DEPARTMENT_IN}
SUBMIT = {"unit": SUBMIT_UNIT, "department": SUBMIT_DEPARTMENT}
APPROVE = {"unit": APPROVE_UNIT, "department": APPROVE_DEPARTMENT}
VISIT = {"unit": VISIT_UNIT, "department": VISIT_DEPARTMENT}
