"""Complaints and what belongs to one: demands, contacts, ruling, reply, plan, filing, supervision, evaluation."""

from .complaint import Complaint, Demand, Verdict
from .contact import Assignment, ComplaintReveal, Contact
from .evaluation import DemandCheck, Evaluation
from .filing import Filing, FollowUp, Order, Supervision
from .imports import ComplaintImport
from .plan import Milestone, Opinion, Plan, PlanVersion, Progress, Response
from .policy import ComplaintPolicy
from .register import SavedFilter
from .ruling import Reply, Ruling

__all__ = [
    "Assignment",
    "Complaint",
    "ComplaintImport",
    "ComplaintPolicy",
    "ComplaintReveal",
    "Contact",
    "Demand",
    "DemandCheck",
    "Evaluation",
    "Filing",
    "FollowUp",
    "Milestone",
    "Opinion",
    "Order",
    "Plan",
    "PlanVersion",
    "Progress",
    "Reply",
    "Response",
    "Ruling",
    "SavedFilter",
    "Supervision",
    "Verdict",
]
