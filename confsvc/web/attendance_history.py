"""The story of one delegate's attendance, line by line."""

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue

from confsvc.boundary import begin_reading
from confsvc.domain.attendance_history import STORY_ORDERS, read_story
from confsvc.domain.lists import page_of
from confsvc.web.asked import asked_choice, asked_page
from confsvc.web.attendance_story import tell

pages = Blueprint("attendance_history", __name__, url_prefix="/conferences/<int:conference_id>/delegates/<int:delegate_id>/history")


@pages.get("")
def show(conference_id: int, delegate_id: int) -> ResponseReturnValue:
    order = asked_choice("order", STORY_ORDERS, STORY_ORDERS[0])
    with begin_reading() as work:
        story = read_story(work, conference_id, delegate_id, order=order)
    page = page_of(story.lines, asked_page())
    told = [tell(line, story.conference, delegate_id) for line in page.items]
    return render_template("attendance/history.html", conference=story.conference, story=story, delegate=story.delegate, page=page, told=told, order=order)
