"""What an import would do with each row of a list, and why; nothing here reads or writes the database."""

import hashlib
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from confsvc.domain.delegate_lists import ListRow
from confsvc.domain.delegate_matching import Change, Matcher, Standing, changes_of, expected_note
from confsvc.domain.delegate_places import Place, Places, Problem
from confsvc.domain.delegate_ranks import infer_rank, named_rank
from confsvc.domain.unit_directory import UnitChoice

VERDICTS = ("error", "new", "changed", "unchanged", "duplicate", "skipped")
LENGTHS = {"full_name": 200, "position": 200, "note": 500}
# Problems that keep a row out; all others are only said.
ERRORS = frozenset(
    {
        "name_missing",
        "text_too_long",
        "unit_missing",
        "unit_unknown",
        "unit_ambiguous",
        "site_unknown",
        "site_ambiguous",
        "conference_without_site",
        "person_unclear",
    }
)


@dataclass(frozen=True, slots=True)
class RowVerdict:
    """`site_id` is where the row itself, or its section, puts the person; None: wherever the unit is invited to.

    `invites_at` is the site a unit not invited yet would get. `twin` is the number of the earlier row a duplicate repeats.
    """

    row: ListRow
    verdict: str
    problems: tuple[Problem, ...] = ()
    unit: UnitChoice | None = None
    site_id: int | None = None
    invites_at: int | None = None
    rank: str = "staff"
    delegate_id: int | None = None
    changes: tuple[Change, ...] = ()
    twin: int | None = None

    @property
    def signature(self) -> tuple[object, ...]:
        """All that a person who confirms relies on."""
        unit = (self.unit.unit_id, self.unit.mandate_id) if self.unit else None
        codes = tuple(problem.code for problem in self.problems)
        return self.row.number, self.verdict, codes, unit, self.site_id, self.invites_at, self.rank, self.delegate_id, self.changes


def judge_rows(rows: Sequence[ListRow], places: Places, delegates: Sequence[Standing], unit_names: Mapping[int, str]) -> list[RowVerdict]:
    """One verdict for each row, in order; `unit_names` says which unit each mandate invites."""
    judge = _Judge(places, Matcher(delegates), unit_names)
    return [judge.judge(row) for row in rows]


def count_verdicts(verdicts: Sequence[RowVerdict]) -> dict[str, int]:
    """How many rows got each verdict; their sum is the number of rows."""
    found = Counter(verdict.verdict for verdict in verdicts)
    return {verdict: found[verdict] for verdict in VERDICTS}


def digest_verdicts(verdicts: Sequence[RowVerdict]) -> str:
    """A fingerprint of all that would be done."""
    return hashlib.sha256(repr([verdict.signature for verdict in verdicts]).encode()).hexdigest()


class _Judge:
    """Goes through the rows from the top; a section's heading holds for the rows below it."""

    def __init__(self, places: Places, matcher: Matcher, unit_names: Mapping[int, str]) -> None:
        self._places = places
        self._matcher = matcher
        self._unit_names = unit_names
        self._section = Place()

    def judge(self, row: ListRow) -> RowVerdict:
        if row.kind == "section" or (row.kind == "data" and self._heads_section(row)):
            return self._open_section(row)
        if row.kind != "data":
            return RowVerdict(row, "skipped", (Problem.of(f"row_{row.kind}"),))
        place, problems = self._places.of_row(row, self._section)
        problems = [*_name_problems(row), *problems]
        if any(problem.code in ERRORS for problem in problems) or place.unit is None:
            return RowVerdict(row, "error", tuple(problems), place.unit, place.site_id)
        return self._judge_person(row, place, place.unit, problems)

    def _judge_person(self, row: ListRow, place: Place, unit: UnitChoice, problems: list[Problem]) -> RowVerdict:
        problems = [*problems, *_contact_problems(row)]
        match = self._matcher.match(row, unit.unit_id, unit.mandate_id)
        if match.unclear:
            return RowVerdict(row, "error", (*problems, Problem.of("person_unclear", name=row.full_name)), unit, place.site_id)
        if match.twin is not None:
            return RowVerdict(row, "duplicate", (Problem.of("repeats_row", row=str(match.twin)),), unit, place.site_id, twin=match.twin)
        if match.standing:
            changes = changes_of(row, match.standing, place.site_id)
            verdict = "changed" if changes else "unchanged"
            return RowVerdict(row, verdict, tuple(problems), unit, place.site_id, None, match.standing.rank, match.standing.id, changes)
        return self._judge_newcomer(row, place, unit, problems, match.namesake)

    def _judge_newcomer(self, row: ListRow, place: Place, unit: UnitChoice, problems: list[Problem], namesake: bool) -> RowVerdict:
        invites_at = None if unit.mandate_id else self._places.home_of(unit, place.site_id)
        if not unit.mandate_id and invites_at is None:
            return RowVerdict(row, "error", (*problems, Problem.of("conference_without_site")), unit)
        other = self._matcher.elsewhere(row, unit.mandate_id)
        problems += [Problem.of("namesake")] if namesake else []
        problems += [Problem.of("named_elsewhere", unit=self._unit_names[other.mandate_id])] if other else []
        problems += [] if unit.mandate_id else [Problem.of("unit_invited_now", unit=unit.name)]
        rank = named_rank(row.rank)
        problems += [Problem.of("rank_unknown", rank=row.rank)] if row.rank and not rank else []
        return RowVerdict(row, "new", tuple(problems), unit, place.site_id, invites_at, rank or infer_rank(row.position, unit.name))

    def _heads_section(self, row: ListRow) -> bool:
        """A numbered row that gives only a name, and the name is a unit's or a site's: "1. Sở Nội vụ"."""
        alone = not (row.position or row.phone or row.email or row.site or row.note) and (row.unit_above or not row.unit)
        return alone and bool(row.full_name) and self._places.names_one(row.full_name)

    def _open_section(self, row: ListRow) -> RowVerdict:
        text = row.text or row.full_name
        self._section, known = self._places.of_section(text, self._section)
        return RowVerdict(row, "skipped", (Problem.of("row_section" if known else "row_section_unknown", section=text),))


def _name_problems(row: ListRow) -> list[Problem]:
    texts = {"full_name": row.full_name, "position": row.position, "note": expected_note(row)}
    long = [Problem.of("text_too_long", field=field) for field, text in texts.items() if len(text) > LENGTHS[field]]
    return long if row.name_fold else [Problem.of("name_missing"), *long]


def _contact_problems(row: ListRow) -> list[Problem]:
    phone = [Problem.of("phone_kept", phone=row.phone)] if row.phone and not row.phone_e164 else []
    return phone if row.email_ok else [*phone, Problem.of("email_kept", email=row.email)]
