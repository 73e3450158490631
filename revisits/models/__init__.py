"""Frequency settings, yearly plans with their versions, visits and their records."""

from .imports import PlanImport
from .jobs import DraftJob, DraftTask
from .plan import Level, PlanIssue, PlanVersion, RevisitPlan, Waiver
from .policy import ClimateRow, FrequencyPolicy
from .visit import FailedAttempt, Method, Participation, Visit, VisitRecord

__all__ = [
    "ClimateRow",
    "DraftJob",
    "DraftTask",
    "FailedAttempt",
    "FrequencyPolicy",
    "Level",
    "Method",
    "Participation",
    "PlanImport",
    "PlanIssue",
    "PlanVersion",
    "RevisitPlan",
    "Visit",
    "VisitRecord",
    "Waiver",
]
