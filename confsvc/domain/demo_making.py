"""An example conference made from its scene, command by command, as an organiser would."""

import csv
from collections.abc import Sequence
from datetime import datetime
from importlib.resources import files
from random import Random

from sqlalchemy import select

from confsvc.domain.agenda import ItemEntry, SessionEntry, add_item, add_session
from confsvc.domain.conferences import ConferenceEntry, create_conference, move_conference
from confsvc.domain.delegates import DelegateEntry, add_delegates
from confsvc.domain.demo_attendance import play_arrivals, play_replies
from confsvc.domain.demo_people import made_up_names, people
from confsvc.domain.demo_scenes import MAIN_SITE, ZONE, Scene, UnitLine
from confsvc.domain.mandates import MandateEntry, invite_units
from confsvc.domain.sites import SiteEntry, create_sites
from confsvc.domain.unit_imports import import_units
from confsvc.domain.unit_rows import UnitRow
from confsvc.domain.work import Work
from confsvc.models import Conference, Delegate, Mandate, Site, Unit


def make_scene(acting: Work, scene: Scene, starts: datetime) -> Conference:
    """Everything up to the moment when the conference is running and most people have arrived."""
    random = Random(scene.title)  # noqa: S311  # an example is to be the same every time
    names = made_up_names(random)
    lines = _read_lines(scene)
    units = _load_units(acting, lines)
    conference = create_conference(acting, _conference_entry(scene, units[scene.host], starts, next(names)))
    sites = _make_sites(acting, conference, scene, lines, units, [next(names) for _ in lines])
    seats = [scene.seats(line, place) for place, line in enumerate(lines)]
    invited = [
        MandateEntry(units[line.code], sites[line.site].id, found.named + found.vacant, found.required_rank, place)
        for place, (line, found) in enumerate(zip(lines, seats, strict=True))
    ]
    mandates = invite_units(acting, conference.id, invited)
    entries = [
        DelegateEntry(name, mandate.id, position=post.position, rank=post.rank, protocol_order=100 * place + rung)
        for place, (mandate, found) in enumerate(zip(mandates, seats, strict=True))
        for rung, (name, post) in enumerate(people(random, names, found.order, found.named))
    ]
    delegates = add_delegates(acting, conference.id, entries)
    _make_agenda(acting, conference, scene, delegates, {line.code: mandate for line, mandate in zip(lines, mandates, strict=True)})
    move_conference(acting, conference.id, "publish", version=conference.version)
    play_replies(acting, random, delegates)
    move_conference(acting, conference.id, "start", version=conference.version)
    play_arrivals(acting, random, conference, delegates, [sites[name].id for name in scene.silent])
    return conference


def _read_lines(scene: Scene) -> list[UnitLine]:
    text = (files("confsvc") / "data" / scene.units_file).read_text("utf-8-sig")
    return [
        UnitLine(row["code"], row["name"], row["kind"], row["parent"], row.get("site") or (f"Điểm cầu {row['name']}" if row["parent"] else MAIN_SITE))
        for row in csv.DictReader(text.splitlines())
    ]


def _load_units(acting: Work, lines: Sequence[UnitLine]) -> dict[str, int]:
    """The ids of the units by their codes."""
    import_units(acting, [UnitRow(number, line.code, line.name, line.kind, line.parent) for number, line in enumerate(lines, start=2)])
    codes = [line.code for line in lines]
    living = acting.session.scalars(select(Unit).where(Unit.code.in_(codes), Unit.valid_to.is_(None)))
    return {unit.code: unit.id for unit in living}


def _conference_entry(scene: Scene, host_id: int, starts: datetime, chair: str) -> ConferenceEntry:
    return ConferenceEntry(
        title=scene.title,
        mode="hybrid",
        timezone=ZONE,
        starts_at=starts,
        ends_at=starts + (scene.ends - scene.starts),
        host_unit_id=host_id,
        chair_name=chair,
        chair_position="Phó Chủ tịch UBND tỉnh",
        video_link=scene.video_link,
    )


def _make_sites(
    acting: Work, conference: Conference, scene: Scene, lines: Sequence[UnitLine], units: dict[str, int], contacts: Sequence[str]
) -> dict[str, Site]:
    """The sites by name: the main one at the host's, the others each at the first unit that meets there."""
    first = {line.site: line for line in reversed(lines)}
    entries = [
        SiteEntry(
            name=name,
            kind="main" if name == MAIN_SITE else "remote",
            unit_id=units[scene.host if name == MAIN_SITE else line.code],
            address=scene.main_address if name == MAIN_SITE else f"Phòng họp trực tuyến, trụ sở {line.name}",
            video_link=scene.video_link,
            contact_name=contact,
        )
        for contact, (name, line) in zip(contacts, sorted(first.items(), key=lambda found: lines.index(found[1])), strict=False)
    ]
    return {site.name: site for site in create_sites(acting, conference.id, entries)}


def _make_agenda(acting: Work, conference: Conference, scene: Scene, delegates: Sequence[Delegate], mandates: dict[str, Mandate]) -> None:
    session = add_session(acting, conference.id, SessionEntry(scene.session_title, conference.starts_at, conference.ends_at))
    for part in scene.parts:
        mandate = mandates.get(part.speaker)
        speaker = next((delegate for delegate in delegates if mandate and delegate.mandate_id == mandate.id), None)
        entry = ItemEntry(part.title, part.kind, part.minutes, presenter_id=speaker.id if speaker else None, site_id=speaker.site_id if speaker else None)
        add_item(acting, conference.id, session.id, entry)
