"""A personal link shows its bearer's own invitation and nothing else."""

import pytest
from sqlalchemy import select

from confsvc.domain.errors import NotFound
from confsvc.domain.invitations import find_invitation, own_invitation, read_pass
from confsvc.domain.passes import link_token, pass_token, renew_link, valid_pass
from confsvc.domain.substitutions import SubstituteEntry, substitute_delegate
from confsvc.domain.work import Anonymous, DelegateActor, Work
from confsvc.models import Attendance, Pass
from tests.conftest import BeginWork
from tests.factories import acting, make_account, make_conference, make_delegate, make_mandate, make_site


def test_link_shows_its_own_delegate(work: Work) -> None:
    conference = make_conference(work)
    site = make_site(work, conference, video_link="https://video.example.org/site")
    mandate = make_mandate(work, conference, site)
    dina, _other = make_delegate(work, mandate), make_delegate(work, mandate, "Lê Văn Em")
    for token in (link_token(work, dina), link_token(work, dina).upper(), f" {link_token(work, dina)} "):
        found = find_invitation(work, token)
        assert (found.delegate.id, found.conference.id, found.site.id, found.unit_name) == (dina.id, conference.id, site.id, "Sở Nội vụ")
        assert (found.pass_token, found.link_token) == (pass_token(work, valid_pass(work, dina.id)), link_token(work, dina))


@pytest.mark.parametrize("kind", ["foreign", "altered", "empty", "pass", "renewed", "draft"])
def test_token_that_opens_nothing_is_answered_the_same(work: Work, kind: str) -> None:
    conference = make_conference(work, state="draft" if kind == "draft" else "published")
    dina = make_delegate(work, make_mandate(work, conference, make_site(work, conference)))
    right = link_token(work, dina)
    tokens = {"foreign": "a" * 32, "altered": right[:-1] + ("a" if right[-1] != "a" else "b"), "empty": "", "draft": right, "renewed": right}
    tokens["pass"] = pass_token(work, valid_pass(work, dina.id))
    if kind == "renewed":
        renew_link(work, dina)
        work.session.flush()
    with pytest.raises(NotFound) as refused:
        find_invitation(work, tokens[kind])
    assert refused.value.fields == {"kind": "invitation"}


@pytest.mark.parametrize(
    ("mode", "site_link", "conference_link", "shown"),
    [
        ("hybrid", "https://video.example.org/site", "https://video.example.org/all", "https://video.example.org/site"),
        ("online", "", "https://video.example.org/all", "https://video.example.org/all"),
        ("in_person", "https://video.example.org/site", "https://video.example.org/all", ""),
        ("hybrid", "javascript:alert(1)", "", ""),
        ("hybrid", "", "", ""),
    ],
)
def test_video_link_is_that_of_the_own_site_first(work: Work, mode: str, site_link: str, conference_link: str, shown: str) -> None:
    conference = make_conference(work, mode=mode, video_link=conference_link)
    dina = make_delegate(work, make_mandate(work, conference, make_site(work, conference, video_link=site_link)))
    assert find_invitation(work, link_token(work, dina)).video_link == shown


def test_presence_is_shown_with_the_hall(work: Work) -> None:
    conference = make_conference(work)
    dina = make_delegate(work, make_mandate(work, conference, make_site(work, conference)))
    hall = make_site(work, conference, "Điểm cầu La Gi", kind="remote")
    attendance = work.session.scalars(select(Attendance)).one()
    attendance.state, attendance.site_id, attendance.since = "present", hall.id, work.now
    work.session.flush()
    found = find_invitation(work, link_token(work, dina))
    assert (found.attendance.state, found.attended_site) == ("present", "Điểm cầu La Gi")


def test_who_is_replaced_is_told_by_whom_and_the_substitute_for_whom(begin: BeginWork) -> None:
    with begin() as work:
        olga = make_account(work)
        conference = make_conference(work, olga)
        dina = make_delegate(work, make_mandate(work, conference, make_site(work, conference)))
        old_pass, link = pass_token(work, valid_pass(work, dina.id)), link_token(work, dina)
        assert find_invitation(work, link).represented_by is None
    with begin(acting(olga)) as work:
        entry = SubstituteEntry("Trần Thị Thay", position="Phó Giám đốc", reason="Đi công tác")
        substitute_delegate(work, conference.id, dina.id, entry, "4c1d3c9e-0000-4000-8000-000000000001")
    with begin() as work:
        replaced = find_invitation(work, link)
        assert replaced.represented_by is not None
        assert (replaced.represented_by.full_name, replaced.represented_by.position) == ("Trần Thị Thay", "Phó Giám đốc")
        assert (replaced.attendance.state, replaced.stage, replaced.pass_token, replaced.replaces) == ("substituted", "elsewhere", "", "")
        substitute = find_invitation(work, link_token(work, replaced.represented_by))
        assert (substitute.replaces, substitute.represented_by, substitute.attendance.state) == ("Nguyễn Thị Dina", None, "not_yet")
        assert read_pass(work, old_pass).revoked
        assert not read_pass(work, substitute.pass_token.upper()).revoked


def test_own_invitation_is_for_delegates_only(begin: BeginWork) -> None:
    with begin() as work:
        olga = make_account(work)
        conference = make_conference(work, olga)
        dina = make_delegate(work, make_mandate(work, conference, make_site(work, conference)))
    for actor in (None, Anonymous(), acting(olga), DelegateActor(dina.id + 1)):
        with begin(actor) as work, pytest.raises(NotFound):
            own_invitation(work)
    with begin(DelegateActor(dina.id)) as work:
        assert own_invitation(work).delegate.id == dina.id


def test_pass_tells_a_stranger_the_conference_and_whether_it_holds(work: Work) -> None:
    conference = make_conference(work)
    dina = make_delegate(work, make_mandate(work, conference, make_site(work, conference)))
    issued = valid_pass(work, dina.id)
    token = pass_token(work, issued)
    assert (read_pass(work, token.upper()).conference.id, read_pass(work, token).revoked) == (conference.id, False)
    issued.revoked_at = work.now
    work.session.flush()
    assert read_pass(work, token).revoked
    assert find_invitation(work, link_token(work, dina)).pass_token == ""
    conference.state = "draft"
    work.session.flush()
    for refused in (token, link_token(work, dina), "a" * 32):
        with pytest.raises(NotFound) as error:
            read_pass(work, refused)
        assert error.value.fields == {"kind": "pass"}
    assert len(work.session.scalars(select(Pass)).all()) == 1
