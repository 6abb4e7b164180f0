"""What is typed about people: a rank left alone is that of the position, and a row without a name is nobody's namesake."""

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from confsvc.domain.passes import link_token
from confsvc.domain.registration import decline_seats, name_people
from confsvc.domain.registration_people import PersonEntry
from confsvc.models import Delegate
from tests.conftest import BeginWork
from tests.domain.registering import Registry, make_registry


@pytest.fixture
def registry(begin: BeginWork) -> Registry:
    return make_registry(begin)


def ranks(registry: Registry) -> dict[str, str]:
    return registry.read(lambda work: dict(work.session.execute(select(Delegate.full_name, Delegate.rank)).all()))  # type: ignore[no-any-return]


def test_rank_is_that_of_the_position_unless_one_is_chosen(registry: Registry, client: FlaskClient) -> None:
    address = f"/r/{registry.token}/add"
    assert client.get(address).text.count('<option value="" selected>By the position</option>') == 2
    names, nothing = ["Trần Thị An", "Lê Văn Bình"], ["", ""]
    typed = {"full_name": names, "position": ["Phó Giám đốc", "Giám đốc"], "rank": ["", "staff"], "phone": nothing, "email": nothing}
    assert client.post(address, data={**typed, "form_key": "k", "step": "save"}).status_code == 303
    assert ranks(registry) == {"Trần Thị An": "leader", "Lê Văn Bình": "staff"}


def test_rank_left_alone_is_left_alone_when_something_else_is_wrong(registry: Registry, client: FlaskClient) -> None:
    typed = {"full_name": "Trần Thị An", "position": "Phó Giám đốc", "rank": "", "phone": "12", "email": "", "form_key": "k", "step": "save"}
    answer = client.post(f"/r/{registry.token}/add", data=typed)
    assert (answer.status_code, "rank-0-error" in answer.text, '<option value="" selected>' in answer.text) == (422, False, True)


def test_substitute_has_the_rank_of_the_position(registry: Registry, client: FlaskClient) -> None:
    with registry.liaison() as work:
        [an] = name_people(work, *registry.unit, [PersonEntry("Trần Thị An", rank="head")])
    typed = {"full_name": "Phạm Thị Chi", "position": "Phó Giám đốc", "rank": "", "reason": "Ốm", "form_key": "k"}
    assert client.post(f"/r/{registry.token}/people/{an.id}/substitute", data=typed).status_code == 303
    assert ranks(registry) == {"Trần Thị An": "head", "Phạm Thị Chi": "leader"}


def test_row_without_a_name_is_nobodys_namesake(registry: Registry, client: FlaskClient) -> None:
    answer = client.post(f"/r/{registry.token}/paste", data={"pasted": "Họ và tên\tChức vụ\n\tGiám đốc\n", "form_key": "k"})
    assert ('id="full_name-0-error"' in answer.text, "is_another" in answer.text) == (True, False)


def test_too_long_a_reason_is_said_and_never_cut(registry: Registry, client: FlaskClient) -> None:
    with registry.liaison() as work:
        [an] = name_people(work, *registry.unit, [PersonEntry("Trần Thị An", rank="head")])
    with registry.begin(now=registry.now) as work:
        secret = link_token(work, work.session.get_one(Delegate, an.id))
    reason = "x" * 501
    declined = {"seats": "1", "version": registry.mandate().version}
    for address, more in ((f"/r/{registry.token}/decline", declined), (f"/d/{secret}", {"reply": "declined"})):
        shown = client.get(address).text
        assert ("maxlength" in shown.split('name="reason"')[1].split(">")[0], "At most 500 characters." in shown) == (False, True)
        answer = client.post(address, data={**more, "reason": reason, "form_key": "k"})
        assert (answer.status_code, "This is too long." in answer.text, reason in answer.text) == (422, True, True)


def test_complete_list_with_declined_seats_counts_both(registry: Registry, client: FlaskClient) -> None:
    with registry.liaison() as work:
        name_people(work, *registry.unit, [PersonEntry("Trần Thị An", rank="head")])
    version = registry.mandate().version
    with registry.liaison() as work:
        decline_seats(work, *registry.unit, 1, "Bận", version=version)
    page = " ".join(client.get(f"/r/{registry.token}").text.split())
    assert ("1 delegate, 1 seat not taken." in page, "of 2 seats have a name" in page) == (True, False)
