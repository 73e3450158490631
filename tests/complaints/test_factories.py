"""Every state of a complaint is reached by services alone."""

import pytest

from complaints.models import Complaint
from tests.complaints.factories import complaint_in
from tests.personas import Personas
from workflow.models import Clock, Transition


@pytest.mark.parametrize("status", Complaint.Status.values)
def test_a_complaint_in_every_state(personas: Personas, status: str) -> None:
    complaint = complaint_in(personas, status)
    complaint.refresh_from_db()
    assert complaint.status == status
    assert Transition.objects.about(complaint).exists()
    running = Clock.objects.of_case(complaint).running()
    assert running.exists() is not complaint.ended, list(running.values_list("code", flat=True))
