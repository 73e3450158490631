"""Complaints from registration to any state, one after the other, until the process is killed.

    python -m tests.concurrency.complaint_walker <seed>

Stands for the web: each step is one service in one transaction, as a request makes it. The moment of each complaint
lies after the last one that was registered.
"""

import random
import sys

import django

django.setup()

from datetime import timedelta  # noqa: E402

from django.db.models import Max  # noqa: E402

from complaints.models import Complaint  # noqa: E402
from ledgers.models import Project  # noqa: E402
from organization.models import Appointment, Unit, User  # noqa: E402
from tests.complaints.factories import NOW, complaint_in  # noqa: E402
from tests.factories import Group  # noqa: E402
from tests.personas import Personas  # noqa: E402

MANY_STEPS = ["rectifying", "awaiting_close", "closed", "reconsidering", "merged", "withdrawn", "awaiting_evaluation"]


def people() -> Personas:
    units = {unit.code: unit for unit in Unit.objects.all()}
    users = {user.username: user for user in User.objects.all()}
    appointments = {each.user.username: each for each in Appointment.objects.select_related("user", "unit", "post")}
    return Personas(Group(units["G"], units), users, appointments)


def walk(seed: int) -> None:
    chance, personas, project = random.Random(seed), people(), Project.objects.get()
    while True:
        last = Complaint.objects.aggregate(last=Max("registered_at"))["last"]
        now = max(last or NOW, NOW) + timedelta(seconds=7)
        level = chance.choice(("unit", "group"))
        complaint_in(personas, chance.choice(MANY_STEPS), project=project, now=now, level=level)


if __name__ == "__main__":
    walk(int(sys.argv[1]))
