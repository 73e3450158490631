"""The actions on units, people, appointments and the matrix. Administrators hold them; they hold no business right."""

from .rules import Rule

VIEW_DIRECTORY = Rule("organization.view_directory", unit="", label="查看组织与通讯录")
# The same action, asked of appointments.
VIEW_APPOINTMENTS = Rule("organization.view_directory", unit="unit", label="查看组织与通讯录")
EDIT_UNITS = Rule("organization.edit_units", unit="", label="维护单位")
EDIT_PEOPLE = Rule("organization.edit_people", unit="", label="维护人员")
EDIT_APPOINTMENTS = Rule("organization.edit_appointments", unit="unit", label="维护任职与代理")
EDIT_MATRIX = Rule("organization.edit_matrix", unit="", label="维护权责指引表")
UNLOCK = Rule("organization.unlock", unit="", label="解除登录锁定")
AUDIT = Rule("organization.audit", unit="", label="查看审计记录")
