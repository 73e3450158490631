"""The fixed people stand on the matrix as it is shipped."""

import pytest

from organization import permissions
from organization.rules import grants_of

from ..personas import PEOPLE, Personas


@pytest.mark.clause("G2")
@pytest.mark.parametrize("login", PEOPLE)
def test_everybody_with_a_post_holds_rights_at_their_unit_only(personas: Personas, login: str) -> None:
    grants = grants_of(personas.fresh(login))
    assert grants
    assert {path for paths in grants.values() for path in paths} == {personas.unit(PEOPLE[login][2]).path}


def test_outsider_holds_nothing(personas: Personas) -> None:
    assert grants_of(personas.fresh("outsider")) == {}


@pytest.mark.clause("G5")
def test_substitute_holds_what_the_principal_holds(personas: Personas) -> None:
    assert grants_of(personas.fresh("sub1")) == grants_of(personas.fresh("uh1"))


@pytest.mark.parametrize("login", ["sysadmin", "secadmin", "auditor"])
def test_administrators_hold_no_business_right(personas: Personas, login: str) -> None:
    assert {action.partition(".")[0] for action in grants_of(personas.fresh(login))} <= {"organization", "workflow"}
    assert permissions.VIEW_DIRECTORY.held_by(personas.fresh(login))
