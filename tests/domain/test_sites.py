"""Sites: one main site, a tree, an order."""

import pytest
from sqlalchemy import select

from confsvc.domain.errors import EditConflict, InUse, Invalid, NotFound, SignInRequired, WrongState
from confsvc.domain.facts import Fact, RosterChanged
from confsvc.domain.sites import (
    SiteEntry,
    change_site,
    create_site,
    create_sites,
    create_sites_of_children,
    list_sites,
    move_site,
    organised_site,
    remove_site,
)
from confsvc.domain.work import Anonymous, DelegateActor, DeskActor, Work
from confsvc.models import Conference, Desk, Pairing, Site, SiteTally
from tests.conftest import BeginWork
from tests.factories import acting, make_account, make_conference, make_delegate, make_mandate, make_site, make_unit, settle

MAIN = SiteEntry("Điểm cầu trung tâm", kind="main")


def names(work: Work, conference: Conference) -> list[str]:
    return [site.name for site in list_sites(work, conference.id)]


def test_created_site_has_what_was_told_and_an_empty_tally(work: Work) -> None:
    conference, unit = make_conference(work), make_unit(work)
    entry = SiteEntry(
        name=" Điểm  cầu Tuy Phong ",
        unit_id=unit.id,
        address="Số 1 Lê Lợi",
        video_link="https://hop.example.vn/1?pwd=ă",
        contact_name="Trần Văn Bình",
        contact_phone="0252 3822 222 - 0913 000 111",
        contact_email=" Huyen.A@Example.org ",
        capacity=80,
        attends=False,
    )

    site = create_site(work, conference.id, entry)

    assert (site.name, site.name_fold, site.kind, site.unit_id) == ("Điểm cầu Tuy Phong", "diem cau tuy phong", "remote", unit.id)
    assert (site.address, site.video_link, site.contact_name) == (entry.address, entry.video_link, entry.contact_name)
    assert (site.contact_phone, site.capacity, site.attends, site.version) == (entry.contact_phone, 80, False, 1)
    assert site.contact_email == "huyen.a@example.org"
    tally = work.session.get_one(SiteTally, site.id)
    assert (tally.named, tally.vacant, tally.present, tally.excused, tally.visiting) == (0, 0, 0, 0, 0)


def test_boards_and_desks_are_told_once_of_many_new_sites(begin: BeginWork, published: list[Fact]) -> None:
    with begin() as work:
        conference = make_conference(work)
        create_sites(work, conference.id, [MAIN, SiteEntry("A"), SiteEntry("B")])

    assert published == [RosterChanged(conference.id)]


@pytest.mark.parametrize(
    ("entry", "field", "reason"),
    [
        (SiteEntry("\u200b "), "name", "required"),
        (SiteEntry("a" * 201), "name", "too_long"),
        (SiteEntry("A", kind="other"), "kind", "not_a_choice"),
        (SiteEntry("A", capacity=0), "capacity", "capacity_range"),
        (SiteEntry("A", capacity=100_001), "capacity", "capacity_range"),
        (SiteEntry("A", unit_id=999), "unit_id", "not_a_choice"),
        (SiteEntry("A", parent_id=999), "parent_id", "not_a_choice"),
        (SiteEntry("A", address="a" * 301), "address", "too_long"),
        (SiteEntry("A", contact_phone="1" * 61), "contact_phone", "too_long"),
        (SiteEntry("A", contact_email="khong phai dia chi"), "contact_email", "email_invalid"),
        (SiteEntry("A", contact_email="an@example.org\r\nBcc: x@example.org"), "contact_email", "email_invalid"),
        (SiteEntry("A", video_link="javascript:alert(1)"), "video_link", "link_invalid"),
        (SiteEntry("A", video_link="java\nscript:alert(1)"), "video_link", "link_invalid"),
        (SiteEntry("A", video_link="https://"), "video_link", "link_invalid"),
        (SiteEntry("A", video_link="https://[::1"), "video_link", "link_invalid"),
        (SiteEntry("A", video_link="//example.org/a"), "video_link", "link_invalid"),
        (SiteEntry("A", video_link="https:\\\\example.org"), "video_link", "link_invalid"),
        (SiteEntry("A", video_link="https://example.org/" + "a" * 500), "video_link", "too_long"),
    ],
)
def test_value_that_breaks_a_rule_is_refused_beside_its_field(work: Work, entry: SiteEntry, field: str, reason: str) -> None:
    conference = make_conference(work)

    with pytest.raises(Invalid) as error:
        create_site(work, conference.id, entry)

    assert (error.value.field, error.value.reason) == (field, reason)
    assert names(work, conference) == []


def test_second_main_site_is_refused_with_the_name_of_the_first(work: Work) -> None:
    conference = make_conference(work)
    create_site(work, conference.id, MAIN)

    with pytest.raises(Invalid) as error:
        create_site(work, conference.id, SiteEntry("Hội trường B", kind="main"))

    assert (error.value.field, error.value.reason, error.value.values) == ("kind", "main_site_taken", {"name": "Điểm cầu trung tâm"})


def test_second_main_site_replaces_the_first_knowingly(work: Work) -> None:
    conference = make_conference(work)
    first, other = create_sites(work, conference.id, [MAIN, SiteEntry("Hội trường B")])

    change_site(work, conference.id, other.id, SiteEntry("Hội trường B", kind="main"), version=1, replace_main=True)

    work.session.expire_all()
    assert [(site.name, site.kind) for site in list_sites(work, conference.id)] == [("Hội trường B", "main"), ("Điểm cầu trung tâm", "remote")]
    assert first.version == 2


def test_main_site_cannot_become_remote_by_itself(work: Work) -> None:
    conference = make_conference(work)
    main = create_site(work, conference.id, MAIN)

    with pytest.raises(Invalid) as error:
        change_site(work, conference.id, main.id, SiteEntry("Điểm cầu trung tâm"), version=1)

    assert (error.value.field, error.value.reason) == ("kind", "main_site_needed")


def test_main_site_keeps_its_kind_when_changed(work: Work) -> None:
    conference = make_conference(work)
    main = create_site(work, conference.id, MAIN)

    change_site(work, conference.id, main.id, SiteEntry("Trung tâm", kind="main"), version=1)

    assert [(site.name, site.kind) for site in list_sites(work, conference.id)] == [("Trung tâm", "main")]


def test_sites_stand_in_the_order_of_their_tree(work: Work) -> None:
    conference = make_conference(work)
    first = create_site(work, conference.id, SiteEntry("Huyện A"))
    create_site(work, conference.id, SiteEntry("Huyện B"))
    create_site(work, conference.id, SiteEntry("Xã A1", parent_id=first.id))
    create_site(work, conference.id, MAIN)
    create_site(work, conference.id, SiteEntry("Xã A2", parent_id=first.id))

    assert names(work, conference) == ["Điểm cầu trung tâm", "Huyện A", "Xã A1", "Xã A2", "Huyện B"]
    stored = work.session.scalars(select(Site.name).where(Site.conference_id == conference.id).order_by(Site.sort_order))
    assert list(stored) == names(work, conference)


def test_site_cannot_hang_below_itself(work: Work) -> None:
    conference = make_conference(work)
    top = create_site(work, conference.id, SiteEntry("A"))
    middle = create_site(work, conference.id, SiteEntry("B", parent_id=top.id))
    bottom = create_site(work, conference.id, SiteEntry("C", parent_id=middle.id))

    for parent in (top, bottom):
        with pytest.raises(Invalid) as error:
            change_site(work, conference.id, top.id, SiteEntry("A", parent_id=parent.id), version=top.version)
        assert (error.value.field, error.value.reason) == ("parent_id", "parent_below_itself")
        work.session.expire_all()


def test_main_site_hangs_under_no_other(work: Work) -> None:
    conference = make_conference(work)
    top = create_site(work, conference.id, SiteEntry("A"))

    with pytest.raises(Invalid) as error:
        create_site(work, conference.id, SiteEntry("B", kind="main", parent_id=top.id))

    assert (error.value.field, error.value.reason) == ("parent_id", "main_site_on_top")


def test_site_of_another_conference_is_no_parent(work: Work) -> None:
    elsewhere = create_site(work, make_conference(work).id, SiteEntry("A"))

    with pytest.raises(Invalid) as error:
        create_site(work, make_conference(work).id, SiteEntry("B", parent_id=elsewhere.id))

    assert (error.value.field, error.value.reason) == ("parent_id", "not_a_choice")


def test_site_moves_past_its_sibling_with_everything_below_it(work: Work) -> None:
    conference = make_conference(work)
    _, a, b = create_sites(work, conference.id, [MAIN, SiteEntry("A"), SiteEntry("B")])
    create_site(work, conference.id, SiteEntry("A1", parent_id=a.id))

    move_site(work, conference.id, a.id, "down", version=a.version)

    assert names(work, conference) == ["Điểm cầu trung tâm", "B", "A", "A1"]
    move_site(work, conference.id, a.id, "down", version=a.version)
    assert names(work, conference) == ["Điểm cầu trung tâm", "B", "A", "A1"]
    move_site(work, conference.id, a.id, "up", version=a.version)
    assert names(work, conference) == ["Điểm cầu trung tâm", "A", "A1", "B"]
    assert b.version == 1


def test_main_site_stays_at_the_head(work: Work) -> None:
    conference = make_conference(work)
    main, other = create_sites(work, conference.id, [MAIN, SiteEntry("A")])

    move_site(work, conference.id, main.id, "down", version=1)
    move_site(work, conference.id, other.id, "up", version=1)

    assert names(work, conference) == ["Điểm cầu trung tâm", "A"]


def test_second_edit_of_the_same_opening_is_told(work: Work) -> None:
    conference = make_conference(work)
    site = create_site(work, conference.id, SiteEntry("A"))
    change_site(work, conference.id, site.id, SiteEntry("B"), version=1)

    for attempt in (
        lambda: change_site(work, conference.id, site.id, SiteEntry("C"), version=1),
        lambda: move_site(work, conference.id, site.id, "up", version=1),
        lambda: remove_site(work, conference.id, site.id, version=1),
    ):
        with pytest.raises(EditConflict) as error:
            attempt()
        assert error.value.current.name == "B"


def test_removed_site_is_gone_with_its_tally(work: Work) -> None:
    conference = make_conference(work)
    site, other = create_sites(work, conference.id, [SiteEntry("A"), SiteEntry("B")])

    remove_site(work, conference.id, site.id, version=1)

    assert names(work, conference) == ["B"]
    assert list(work.session.scalars(select(SiteTally.site_id))) == [other.id]


def test_site_with_something_on_it_is_not_removed(work: Work) -> None:
    conference = make_conference(work)
    above, invited, seated, desked = create_sites(work, conference.id, [SiteEntry(name) for name in "ABCD"])
    create_site(work, conference.id, SiteEntry("E", parent_id=above.id))
    mandate = make_mandate(work, conference, invited)
    make_delegate(work, mandate, site_id=seated.id)
    pairing = Pairing(
        conference_id=conference.id, site_id=desked.id, uid="p", token_hash="p", created_by_id=make_account(work).id, created_at=work.now, expires_at=work.now
    )
    work.session.add(pairing)
    work.session.flush()
    desk = Desk(
        conference_id=conference.id,
        site_id=desked.id,
        pairing_id=pairing.id,
        uid="d",
        name="Bàn 1",
        token_hash="d",
        paired_at=work.now,
        expires_at=work.now,
        revoked_at=work.now,
    )
    work.session.add(desk)

    for site, by in ((above, "sites"), (invited, "mandates"), (seated, "delegates"), (desked, "desks")):
        with pytest.raises(InUse) as error:
            remove_site(work, conference.id, site.id, version=site.version)
        assert error.value.fields == {"by": by}


def test_one_site_for_each_living_child_unit_that_has_none(work: Work) -> None:
    conference = make_conference(work)
    province = make_unit(work, "UBND tỉnh Bình Thuận")
    districts = [make_unit(work, name, parent_id=province.id, sort_order=n) for n, name in enumerate(["Tuy Phong", "Bắc Bình", "Phú Quý"])]
    make_unit(work, "Hàm Thuận cũ", parent_id=province.id, valid_to=work.now.date())
    make_site(work, conference, "Điểm cầu Bắc Bình", kind="remote", unit_id=districts[1].id)

    outcome = create_sites_of_children(work, conference.id, province.id)
    again = create_sites_of_children(work, conference.id, province.id)

    assert [(site.name, site.kind, site.unit_id) for site in outcome.made] == [
        ("Điểm cầu Tuy Phong", "remote", districts[0].id),
        ("Điểm cầu Phú Quý", "remote", districts[2].id),
    ]
    assert (outcome.skipped, again.made, again.skipped) == (1, [], 3)


def test_sites_of_units_take_the_words_and_the_place_they_are_given(work: Work) -> None:
    conference = make_conference(work)
    province = make_unit(work, "Lâm Đồng")
    make_unit(work, "xã Đạ Tẻh", parent_id=province.id)
    main = create_site(work, conference.id, MAIN)

    create_sites_of_children(work, conference.id, province.id, prefix="Hội trường UBND", parent_id=main.id)

    assert [(site.name, site.parent_id) for site in list_sites(work, conference.id)] == [
        ("Điểm cầu trung tâm", None),
        ("Hội trường UBND xã Đạ Tẻh", main.id),
    ]


def test_sites_of_units_may_be_those_of_one_kind(work: Work) -> None:
    conference = make_conference(work)
    province = make_unit(work, "Bình Thuận")
    make_unit(work, "Sở Y tế", kind="sở", parent_id=province.id)
    district = make_unit(work, "huyện Phú Quý", kind="huyện", parent_id=province.id)

    outcome = create_sites_of_children(work, conference.id, province.id, kind="huyện")
    nobody = create_sites_of_children(work, conference.id, province.id, kind="xã")

    assert [(site.name, site.unit_id) for site in outcome.made] == [("Điểm cầu huyện Phú Quý", district.id)]
    assert (outcome.skipped, nobody.made, nobody.skipped) == (0, [], 0)


@pytest.mark.parametrize("state", ["closed", "cancelled"])
def test_sites_of_a_settled_conference_stay_as_they_are(work: Work, state: str) -> None:
    conference = make_conference(work)
    site = create_site(work, conference.id, SiteEntry("A"))
    settle(conference, state)

    for attempt in (
        lambda: create_site(work, conference.id, SiteEntry("B")),
        lambda: change_site(work, conference.id, site.id, SiteEntry("B"), version=1),
        lambda: move_site(work, conference.id, site.id, "up", version=1),
        lambda: remove_site(work, conference.id, site.id, version=1),
        lambda: create_sites_of_children(work, conference.id, 1),
    ):
        with pytest.raises(WrongState) as error:
            attempt()
        assert error.value.fields == {"state": state, "step": "change_plan"}


def test_outsiders_neither_see_nor_change_sites(begin: BeginWork) -> None:
    with begin() as work:
        olga, mallory = make_account(work), make_account(work, "mallory")
        conference, hers = make_conference(work, olga), make_conference(work, mallory)
        site = make_site(work, conference)
        dina = make_delegate(work, make_mandate(work, conference, site))
    for actor, expected in (
        (acting(mallory), NotFound),
        (Anonymous(), SignInRequired),
        (DeskActor(1), SignInRequired),
        (DelegateActor(dina.id), SignInRequired),
    ):
        with begin(actor) as work:
            for attempt in (
                lambda: organised_site(work, conference.id, site.id),
                lambda: create_site(work, conference.id, SiteEntry("B")),
                lambda: change_site(work, conference.id, site.id, SiteEntry("B"), version=1),
                lambda: move_site(work, conference.id, site.id, "up", version=1),
                lambda: remove_site(work, conference.id, site.id, version=1),
                lambda: create_sites_of_children(work, conference.id, 1),
            ):
                with pytest.raises(expected):
                    attempt()
    with begin(acting(mallory)) as work, pytest.raises(NotFound):
        change_site(work, hers.id, site.id, SiteEntry("B"), version=1)
    with begin() as work:
        assert [(s.name, s.version) for s in list_sites(work, conference.id)] == [("Điểm cầu trung tâm", 1)]
