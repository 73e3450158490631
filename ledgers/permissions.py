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
