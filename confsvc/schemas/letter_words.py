"""The words of mail in one language, without a request: texts from the catalogues, dates and numbers as they are written."""

from dataclasses import dataclass
from datetime import date, datetime
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo

from babel.support import NullTranslations, Translations

from confsvc.paths import PACKAGE

WEEKDAYS_VI = ("thứ Hai", "thứ Ba", "thứ Tư", "thứ Năm", "thứ Sáu", "thứ Bảy", "Chủ nhật")


def mark(text: str) -> str:
    """Have the catalogues hold `text`; it is translated when a letter is written."""
    return text


@dataclass(frozen=True, slots=True)
class Words:
    """One language: "vi" or "en", the language of the code."""

    locale: str
    catalogue: NullTranslations

    def gettext(self, message: str, **values: Any) -> str:
        """The translation of `message`, its %(name)s filled in."""
        found = str(self.catalogue.ugettext(message))
        return found % values if values else found

    def ngettext(self, one: str, many: str, number: int, **values: Any) -> str:
        """The translation for this number, its %(num)s filled in."""
        return str(self.catalogue.ungettext(one, many, number)) % {"num": self.number(number), **values}

    def number(self, value: int) -> str:
        """A count with the thousands mark of the language."""
        text = f"{value:,}"
        return text.replace(",", ".") if self.locale == "vi" else text

    def clock(self, value: datetime, zone: str) -> str:
        """Time of day on the clocks of `zone`."""
        return f"{value.astimezone(ZoneInfo(zone)):%H:%M}"

    def short_date(self, value: datetime, zone: str) -> str:
        """The date it is in `zone` then, as dd/mm/yyyy."""
        return f"{value.astimezone(ZoneInfo(zone)):%d/%m/%Y}"

    def day(self, value: date) -> str:
        """A date with its weekday, e.g. "thứ Hai, 16/01/2023"."""
        weekday = WEEKDAYS_VI[value.weekday()] if self.locale == "vi" else f"{value:%A}"
        return f"{weekday}, {value:%d/%m/%Y}"

    def moment(self, value: datetime, zone: str) -> str:
        """Time and date on the clocks of `zone`, e.g. "14:00, thứ Hai, 16/01/2023"."""
        local = value.astimezone(ZoneInfo(zone))
        return f"{local:%H:%M}, {self.day(local)}"

    def period(self, starts_at: datetime, ends_at: datetime, zone: str) -> str:
        """From when until when, and how far the clocks there are from Greenwich: whoever reads it may sit elsewhere."""
        begins, ends = starts_at.astimezone(ZoneInfo(zone)), ends_at.astimezone(ZoneInfo(zone))
        if begins.date() == ends.date():
            return f"{begins:%H:%M} – {ends:%H:%M}, {self.day(begins)} ({_distance(begins)})"
        return f"{self.moment(starts_at, zone)} – {self.moment(ends_at, zone)} ({_distance(begins)})"


@lru_cache
def words_in(locale: str) -> Words:
    """The words of one language; texts that a catalogue lacks stay English."""
    return Words(locale, Translations.load(str(PACKAGE / "translations"), [locale]))


def _distance(local: datetime) -> str:
    minutes = int((local.utcoffset() or local - local).total_seconds()) // 60
    hours, rest = divmod(abs(minutes), 60)
    sign = "-" if minutes < 0 else "+"
    return f"GMT{sign}{hours}" + (f":{rest:02}" if rest else "")
