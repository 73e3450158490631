"""``manage.py init_group``: an empty database gets one root and three separate administrators, once."""

from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from organization.models import Appointment, Unit, User
from organization.permissions import AUDIT, EDIT_MATRIX, EDIT_PEOPLE


def test_three_administrators_with_initial_passwords(db: None) -> None:
    out = StringIO()
    call_command("init_group", "中天建设集团公司", mail="it@example.com", stdout=out)
    shown = dict(line.split("\t")[1:] for line in out.getvalue().splitlines() if "\t" in line)
    assert list(shown) == ["sysadmin", "secadmin", "auditor"]
    for username, password in shown.items():
        user = User.objects.get(username=username)
        assert user.check_password(password)
        assert user.must_change_password
        assert not user.is_superuser
    holds = {
        rule.action: [u for u in shown if rule.held_by(User.objects.get(username=u))]
        for rule in (EDIT_PEOPLE, EDIT_MATRIX, AUDIT)
    }
    assert list(holds.values()) == [["sysadmin"], ["secadmin"], ["auditor"]]
    with pytest.raises(CommandError, match="只能有一个根单位"):
        call_command("init_group", "另一集团", mail="it@example.com", stdout=StringIO())
    assert (Unit.objects.count(), Appointment.objects.count()) == (1, 3)


def test_nothing_is_left_behind_by_a_bad_address(db: None) -> None:
    with pytest.raises(CommandError):
        call_command("init_group", "集团", mail="no-address", stdout=StringIO())
    assert not Unit.objects.exists()
    assert not User.objects.exists()
