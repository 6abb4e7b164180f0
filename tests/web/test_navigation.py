"""The way through a conference: every page of it stands in one area, and says where it stands."""

import re
from collections.abc import Callable
from contextlib import AbstractContextManager

import pytest
from flask import Flask, url_for
from flask.testing import FlaskClient
from flask_babel import force_locale

from confsvc.domain.work import Work
from confsvc.models import Account, Conference
from confsvc.web.navigation import PARTS, Area, conference_areas, page_of
from tests.factories import make_account, make_conference, make_site

BeginWork = Callable[..., AbstractContextManager[Work]]
SignIn = Callable[[Account], FlaskClient]
# A board fills the screen and has no rows of pages; a public page is nobody's area.
BARE = {"board.show"}
PUBLIC = {"public_board", "feed"}


@pytest.fixture
def olga_and_conference(begin: BeginWork) -> tuple[Account, Conference]:
    with begin() as work:
        olga = make_account(work)
        conference = make_conference(work, olga)
        make_site(work, conference)
    return olga, conference


def areas(app: Flask, conference: Conference) -> list[Area]:
    with app.test_request_context(), force_locale("en"):
        return conference_areas(conference)


def test_every_page_of_the_navigation_marks_itself_and_its_area(app: Flask, olga_and_conference: tuple[Account, Conference], sign_in: SignIn) -> None:
    olga, conference = olga_and_conference
    client = sign_in(olga)
    for area in areas(app, conference):
        for endpoint, label in area.pages:
            if endpoint in BARE:
                continue
            with app.test_request_context():
                address = url_for(endpoint, conference_id=conference.id)
            marked = re.findall(r"<nav class=\"tabs[^>]*>(.*?)</nav>", client.get(address).text, re.DOTALL)
            present = [re.findall(r"aria-current=\"\w+\">([^<]+)<", row) for row in marked]
            assert present == ([[area.label], [label]] if len(area.pages) > 1 else [[area.label]]), endpoint


def test_every_blueprint_of_a_conference_stands_in_one_area(app: Flask, olga_and_conference: tuple[Account, Conference]) -> None:
    _, conference = olga_and_conference
    sections = {rule.endpoint.partition(".")[0] for rule in app.url_map.iter_rules() if rule.rule.startswith("/conferences/<int:conference_id>")}
    found = {section: sum(area.holds(section) for area in areas(app, conference)) for section in sections - PUBLIC}
    assert found == dict.fromkeys(sections - PUBLIC, 1)
    assert {part: page_of(page) for part, page in PARTS.items()} == PARTS


def test_a_rehearsal_leads_only_to_what_can_be_done_in_it(app: Flask, begin: BeginWork, olga_and_conference: tuple[Account, Conference]) -> None:
    olga, conference = olga_and_conference
    with begin() as work:
        rehearsal = make_conference(work, olga, rehearses_id=conference.id)
    endpoints = [endpoint for area in areas(app, rehearsal) for endpoint, _label in area.pages]
    assert endpoints == ["conferences.show", "delegates.index", "desks.index", "missing.index", "attendance.index", "board.show"]
