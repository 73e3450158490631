"""Complaints from registration to any state, one after the other, until the process is killed.

    python -m tests.concurrency.complaint_walker <seed>

Stands for the web: each step is one service in one transaction, as a request makes it. Each complaint was received
before all the others, so that none of them is a second complaint of another.
"""

import random
import sys

import django

django.setup()

from datetime import timedelta  # noqa: E402

from django.db.models import Min  # noqa: E402

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
        first = Complaint.objects.aggregate(first=Min("registered_at"))["first"]
        now = (first or NOW) - timedelta(seconds=7)
        level = chance.choice(("unit", "group"))
        complaint_in(personas, chance.choice(MANY_STEPS), project=project, now=now, level=level)


if __name__ == "__main__":
    walk(int(sys.argv[1]))
