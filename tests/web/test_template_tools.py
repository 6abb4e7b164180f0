"""What templates show of numbers and moments, in the reader's language."""

import pytest
from flask import Flask
from flask_babel import force_locale

from confsvc.web.template_tools import duration


@pytest.mark.parametrize(
    ("minutes", "vietnamese", "english"),
    [
        (0, "0 phút", "0 minutes"),
        (1, "1 phút", "1 minute"),
        (59, "59 phút", "59 minutes"),
        (60, "1 giờ", "1 hour"),
        (735, "12 giờ 15 phút", "12 hours 15 minutes"),
    ],
)
def test_duration_is_said_in_hours_and_minutes_from_an_hour_up(app: Flask, minutes: int, vietnamese: str, english: str) -> None:
    with app.test_request_context():
        with force_locale("vi"):
            said = duration(minutes)
        with force_locale("en"):
            assert (said, duration(minutes)) == (vietnamese, english)
