"""Drafts of the giấy mời (Nghị định 30/2020/NĐ-CP, Phụ lục I and III) as papers: a form in Vietnamese, whoever makes it."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from confsvc.domain.paper_letters import LetterGround
from confsvc.domain.unit_directory import plain_key
from confsvc.models import Mandate, Site
from confsvc.schemas.letter_words import WEEKDAYS_VI
from confsvc.schemas.paper import Paper

WHO = {"head": "Thủ trưởng", "leader": "Đại diện lãnh đạo", "any": "Đại diện"}
# Units that a Chủ tịch heads: how their names begin, as keys.
CHAIRED = ("uy ban nhan dan ", "uy ban mat tran ", "hoi dong nhan dan ")
# So many units are named in one sentence, so many sites in one line; more of them stand in a list overleaf.
MOST_NAMED = 6
MOST_SITES = 12
# Numbers below ten, and the first two months, have a nought before them: nobody can add a digit later.
LAST_PADDED_MONTH = 2


@dataclass(frozen=True, slots=True)
class LetterHead:
    """What is typed for the letters: who issues and signs them, what their number ends with, where they are written."""

    issuer: str
    superior: str = ""
    symbol: str = ""
    place: str = ""
    authority: Sequence[str] = field(default_factory=list)
    signer: str = ""
    recipients: Sequence[str] = field(default_factory=list)


def letter_paper(ground: LetterGround, head: LetterHead, mandates: Sequence[Mandate] | None, *, title: str, agenda: bool) -> Paper:
    """One letter for each of `mandates`, or (None) one for all invited units together."""
    conference, zone = ground.conference, ground.conference.timezone
    chair = ", ".join(part for part in (conference.chair_name, conference.chair_position) if part)
    letters = [_general(ground)] if mandates is None else [_of_unit(ground, mandate) for mandate in mandates]
    return Paper(
        "letter.typ",
        {
            "lang": "vi",
            "title": title,
            "author": head.issuer,
            "issuer": head.issuer,
            "superior": head.superior,
            "symbol": head.symbol or "GM-……",
            "place": head.place,
            "year": str(conference.starts_at.astimezone(ZoneInfo(zone)).year),
            "authority": list(head.authority),
            "signer": head.signer,
            "recipients": list(head.recipients),
            "heading": conference.title,
            "about": f"Dự {conference.title}",
            "chair": chair,
            "when": official_moment(conference.starts_at, zone),
            "agenda": _agenda(ground) if agenda else [],
            "letters": letters,
        },
    )


def official_moment(value: datetime, zone: str) -> str:
    """As documents write it: "14 giờ 00, thứ Hai, ngày 16 tháng 01 năm 2023"."""
    here = value.astimezone(ZoneInfo(zone))
    month = f"{here.month:02}" if here.month <= LAST_PADDED_MONTH else str(here.month)
    return f"{_clock(here)}, {WEEKDAYS_VI[here.weekday()]}, ngày {here.day:02} tháng {month} năm {here.year}"


def _clock(here: datetime) -> str:
    return f"{here.hour:02} giờ {here.minute:02}"


def _who(mandate: Mandate) -> str:
    is_chaired = mandate.required_rank == "head" and f"{plain_key(mandate.unit_name)} ".startswith(CHAIRED)
    return "Chủ tịch" if is_chaired else WHO[mandate.required_rank]


def _seats(mandate: Mandate) -> str:
    return f"{mandate.seats:02} đại biểu"


def _of_unit(ground: LetterGround, mandate: Mandate) -> dict[str, Any]:
    whom = f"{_who(mandate)} {mandate.unit_name} ({_seats(mandate)})"
    return {"whom": whom, "places": [_place(mandate.site)], "notes": _notes(ground), "invited": []}


def _general(ground: LetterGround) -> dict[str, Any]:
    mandates = ground.mandates
    named = len(mandates) <= MOST_NAMED
    whom = "; ".join(f"{_who(mandate)} {mandate.unit_name}" for mandate in mandates) if named else "Các cơ quan, đơn vị theo danh sách kèm theo"
    rows = [[str(place), mandate.unit_name, f"{_who(mandate)}, {_seats(mandate)}", mandate.site.name] for place, mandate in enumerate(mandates, 1)]
    return {"whom": whom, "places": _places(ground.sites), "notes": _notes(ground), "invited": [] if named else rows}


def _place(site: Site) -> str:
    return f"{site.name}, {site.address}" if site.address else site.name


def _places(sites: Sequence[Site]) -> list[str]:
    """The main site by itself, the others together."""
    main = [_place(site) for site in sites if site.kind == "main"]
    others = [site.name for site in sites if site.kind != "main" and site.attends]
    if not others:
        return main or ["……"]
    rest = "; ".join(others) if len(others) <= MOST_SITES else f"{len(others)} điểm cầu"
    return [*main, f"Các điểm cầu trực tuyến: {rest}"]


def _notes(ground: LetterGround) -> list[str]:
    deadline = ground.conference.registration_deadline
    if deadline is None:
        return []
    return [f"Đề nghị các cơ quan, đơn vị đăng ký đại biểu tham dự trước {official_moment(deadline, ground.conference.timezone)}."]


def _agenda(ground: LetterGround) -> list[dict[str, Any]]:
    zone = ZoneInfo(ground.conference.timezone)
    return [
        {
            "title": part.session.title,
            "items": [[_clock(one.starts_at.astimezone(zone)), one.item.title, one.item.presenter_name] for one in part.items],
        }
        for part in ground.agenda
        if part.items
    ]
