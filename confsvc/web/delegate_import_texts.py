"""What the import of a delegate list says: verdicts, fields, reasons."""

from collections.abc import Mapping

from flask_babel import lazy_gettext as _
from flask_babel.speaklater import LazyString

from confsvc.domain.delegate_places import Problem

VERDICTS: dict[str, LazyString] = {
    "error": _("Wrong"),
    "new": _("New"),
    "changed": _("Changed"),
    "unchanged": _("Already there"),
    "duplicate": _("Repeated"),
    "skipped": _("No delegate"),
}
TONES = {"error": "bad", "new": "good", "changed": "accent", "unchanged": "", "duplicate": "warn", "skipped": ""}
FIELDS: dict[str, LazyString] = {
    "number": _("No."),
    "full_name": _("Full name"),
    "family_name": _("Family and middle name"),
    "given_name": _("Given name"),
    "position": _("Position"),
    "unit": _("Unit"),
    "site": _("Site"),
    "phone": _("Phone"),
    "email": _("E-mail"),
    "note": _("Note"),
    "rank": _("Rank"),
}
ENCODINGS: dict[str, LazyString] = {
    "unicode": _("Unicode (as it stands in the file)"),
    "tcvn3": _("TCVN3 (ABC, .VnTime fonts)"),
    "vni": _("VNI (VNI-Times fonts)"),
    "cp1258": _("Vietnamese Windows (code page 1258)"),
}
PROBLEMS: dict[str, LazyString] = {
    "name_missing": _("The name is missing."),
    "text_too_long": _("Too long: %(field)s."),
    "unit_missing": _("The unit is missing."),
    "unit_unknown": _("No unit is called “%(unit)s”."),
    "unit_unknown_near": _("No unit is called “%(unit)s”. Is one of these meant: %(nearest)s?"),
    "unit_ambiguous": _("“%(unit)s” may be one of several: %(choices)s. Please write the code."),
    "site_unknown": _("No site is called “%(site)s”."),
    "site_unknown_near": _("No site is called “%(site)s”. Is one of these meant: %(nearest)s?"),
    "site_ambiguous": _("“%(site)s” may be one of several: %(choices)s."),
    "conference_without_site": _("The unit is not invited yet, and the conference has no main site to put it at."),
    "person_unclear": _("There are several of the name %(name)s in this unit: please give the phone number or the position."),
    "repeats_row": _("Says the same as row %(row)s."),
    "phone_kept": _("“%(phone)s” cannot be a telephone number; it is kept as written."),
    "email_kept": _("“%(email)s” is no e-mail address; it is kept in the note."),
    "unit_from_above": _("Unit taken from the row above: %(unit)s."),
    "unit_from_site": _("Unit taken from the site: %(unit)s."),
    "site_from_section": _("By its heading at %(site)s; the unit is invited to %(own)s."),
    "unit_invited_now": _("The unit is not invited yet and will be."),
    "namesake": _("There is somebody else of this name in the unit."),
    "named_elsewhere": _("Named by %(unit)s too, with the same phone number."),
    "rank_unknown": _("The rank “%(rank)s” is not known."),
    "row_title": _("Above the header."),
    "row_header": _("Header."),
    "row_blank": _("Empty."),
    "row_section": _("Heading of a section; holds for the rows below."),
    "row_section_unknown": _("Heading of a section; names no unit or site."),
    "row_total": _("Total."),
    "row_signature": _("Signature."),
}


def problem_text(code: str, values: Mapping[str, str]) -> str:
    """The sentence for a problem of a row."""
    said = dict(values)
    if said.get("nearest") and f"{code}_near" in PROBLEMS:
        code = f"{code}_near"
    if code == "text_too_long":
        said["field"] = str(FIELDS[said["field"]])
    return str(PROBLEMS[code]) % said


def problem_texts(problems: tuple[Problem, ...]) -> list[str]:
    return [problem_text(problem.code, dict(problem.values)) for problem in problems]
