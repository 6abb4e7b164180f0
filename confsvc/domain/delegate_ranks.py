"""What rank a position gives a person in the unit that sends them, where that is certain."""

import re
from functools import lru_cache

from confsvc.domain.text import fold
from confsvc.domain.unit_directory import plain_key

_HEAD = re.compile(
    r"^(?:q |quyen )?(chu tich|giam doc|tong giam doc|truong ban|thu truong|bi thu|chanh van phong|cuc truong|chi cuc truong|vu truong|tong cuc truong|"
    r"hieu truong|vien truong|chanh an|chanh thanh tra|tong bien tap|tu lenh|chi huy truong|truong|bo truong|gd|ct)\b ?(.*)$"
)
_DEPUTY = re.compile(
    r"^(?:pho|p) (chu tich|giam doc|tong giam doc|truong ban|bi thu|chanh van phong|cuc truong|chi cuc truong|vu truong|hieu truong|vien truong|chanh an|"
    r"chanh thanh tra|tong bien tap|tu lenh|chi huy truong|truong|bo truong|ban|gd|ct)\b ?(.*)$|^(pgd|pct)\b ?(.*)$"
)
_STANDING = re.compile(r"^(?:thuong truc|phu trach) ?")
# Titles that say what they head, and how the name of such a unit begins.
_HEADS_OF = {
    "chanh van phong": ("van phong",),
    "chanh thanh tra": ("thanh tra",),
    "chi cuc truong": ("chi cuc",),
    "cuc truong": ("cuc", "tong cuc"),
    "vu truong": ("vu",),
    "truong ban": ("ban", "uy ban"),
    "ban": ("ban", "uy ban"),
}
_OWN_COMMITTEE = re.compile(r"^uy ban nhan dan ?")
_PARTS = re.compile(r"[,;/+]|\s[-–]\s")
WORDS = {
    "head": ("truong", "cap truong", "head", "thu truong", "nguoi dung dau"),
    "leader": ("pho", "cap pho", "leader", "lanh dao"),
    "staff": ("staff", "nhan vien"),
}


@lru_cache(maxsize=65_536)
def infer_rank(position: str, unit_name: str) -> str:
    """`head` or `leader` where the position says so of this very unit, else `staff`.

    "Giám đốc Sở" heads a Sở; "Giám đốc Trung tâm" there does not, nor does a "Trưởng phòng".
    """
    ranks = {_rank_of(part, plain_key(unit_name)) for part in _PARTS.split(position)}
    return "head" if "head" in ranks else "leader" if "leader" in ranks else "staff"


def named_rank(text: str) -> str | None:
    """The rank a cell of a rank column means, or None."""
    key = fold(text) if text else ""
    return next((rank for rank, words in WORDS.items() if key in words), None)


def _rank_of(position: str, unit: str) -> str:
    key = plain_key(position.replace("P.", "Phó ").replace("Q.", "Quyền ")) if position else ""
    for rank, pattern in (("leader", _DEPUTY), ("head", _HEAD)):
        match = pattern.match(key)
        if match:
            title, where = [part for part in match.groups() if part is not None][:2]
            return rank if _of_this_unit(title, _STANDING.sub("", where), unit) else "staff"
    return "staff"


def _of_this_unit(title: str, where: str, unit: str) -> bool:
    """Whether "`title` of `where`" speaks of the unit: nothing more said, or words of its own name."""
    if title in _HEADS_OF and not unit.startswith(_HEADS_OF[title]):
        return False
    if not unit.startswith("uy ban"):
        where = _OWN_COMMITTEE.sub("", where)
    if not where:
        return title != "truong"
    return f"{unit} ".startswith(f"{where} ") or (len(where.split()) > 1 and f" {where} " in f" {unit} ")
