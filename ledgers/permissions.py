"""The actions on projects, ledgers and the punch list. Who holds them: the authority matrix (A.4 row 1, S)."""

from organization.rules import Rule

VIEW_PROJECT = Rule("ledgers.view_project", unit="department", label="查看工程")
REGISTER_PROJECT = Rule("ledgers.register_project", unit="department", label="登记工程")
REGISTER_IN = Rule("ledgers.register_project", unit="", label="登记工程")
OPEN = Rule("ledgers.register_project", unit="project__department", label="登记工程")
TRANSFER = Rule("ledgers.transfer_project", unit="department", label="转移工程")
TRANSFER_TO = Rule("ledgers.transfer_project", unit="", label="转移工程")

VIEW = Rule("ledgers.view", unit="project__department", label="查看台账")
VIEW_IN = Rule("ledgers.view", unit="", label="查看台账")
VIEW_CONTACTS = Rule("ledgers.view", unit="version__ledger__project__department", label="查看台账")
DRAFT = Rule("ledgers.draft", unit="project__department", label="编制台账")
SUBMIT = Rule("ledgers.submit", unit="project__department", label="上报台账")
REVIEW = Rule("ledgers.review", unit="project__department", label="审核台账")
CONFIRM = Rule("ledgers.confirm", unit="project__department", label="负责人审核台账")
VOID = Rule("ledgers.void", unit="project__department", label="作废台账")
IMPORT = Rule("ledgers.import", unit="project__department", label="导入台账")
IMPORT_INTO = Rule("ledgers.import", unit="", label="导入台账")
EDIT_POLICY = Rule("ledgers.edit_policy", unit="", label="维护台账设置")

VIEW_PUNCH = Rule("ledgers.view_punch", unit="project__department", label="查看销项问题")
KEEP_PUNCH = Rule("ledgers.keep_punch", unit="project__department", label="登记与整改销项问题")
KEEP_PUNCH_OF = Rule("ledgers.keep_punch", unit="department", label="登记与整改销项问题")
CLOSE_PUNCH = Rule("ledgers.close_punch", unit="project__department", label="销项")

# Warranty cases (Appendix F; matrix S-19).
VIEW_CASE = Rule("ledgers.view_case", unit="project__department", label="查看保修记录")
VIEW_CASE_IN = Rule("ledgers.view_case", unit="", label="查看保修记录")
OPEN_CASE = Rule("ledgers.open_case", unit="project__department", label="登记保修记录")
OPEN_CASE_OF = Rule("ledgers.open_case", unit="department", label="登记保修记录")
DISPATCH_CASE = Rule("ledgers.dispatch_case", unit="project__department", label="保修派单")
REPAIR_CASE = Rule("ledgers.repair_case", unit="project__department", label="到场与维修")
VERIFY_CASE = Rule("ledgers.verify_case", unit="project__department", label="保修验证")
REJECT_CASE = Rule("ledgers.reject_case", unit="project__department", label="认定非保修与作废保修记录")
ATTACH_CASE = Rule("ledgers.attach_case", unit="project__department", label="上传保修材料")
