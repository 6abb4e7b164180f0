"""Finding the unit or the site a list means, however it is written there."""

import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from functools import lru_cache
from heapq import nsmallest
from typing import Generic, Protocol, TypeVar

from confsvc.domain.text import fold

SUGGESTIONS = 3
LEAST_LIKENESS = 0.6
# Looking for likenesses is slow work: none for texts no name is as long as, and only for so many texts of one list.
SUGGESTED_CHARACTERS = 200
MOST_SUGGESTED = 50
MOST_COMPARED = 40
COMPARED_CHARACTERS = 100
RAREST_WORDS = 16
COMMON_WORD = 2000
# Names have at most 200 characters; with what a list writes around them still fewer than this.
FOUND_CHARACTERS = 300

# How offices shorten the words of unit names, after folding; several words first.
_SHORT = {
    "tt tt": "thong tin truyen thong", "tttt": "thong tin truyen thong", "gd dt": "giao duc dao tao", "gddt": "giao duc dao tao",
    "kh dt": "ke hoach dau tu", "khdt": "ke hoach dau tu", "kh cn": "khoa hoc cong nghe", "khcn": "khoa hoc cong nghe",
    "nn ptnt": "nong nghiep phat trien nong thon", "nnptnt": "nong nghiep phat trien nong thon", "tn mt": "tai nguyen moi truong",
    "tnmt": "tai nguyen moi truong", "vh tt dl": "van hoa the thao du lich", "vhttdl": "van hoa the thao du lich",
    "vh ttdl": "van hoa the thao du lich", "ldtb xh": "lao dong thuong binh xa hoi", "ldtbxh": "lao dong thuong binh xa hoi",
    "ld tb xh": "lao dong thuong binh xa hoi", "gtvt": "giao thong van tai", "ubmttq": "uy ban mat tran to quoc", "mttq": "mat tran to quoc",
    "ubnd": "uy ban nhan dan", "hdnd": "hoi dong nhan dan", "vp": "van phong", "tp": "thanh pho", "tx": "thi xa", "h": "huyen", "p": "phuong", "x": "xa",
    "ca": "cong an", "bch": "ban chi huy", "bv": "benh vien", "cty": "cong ty", "tnhh": "trach nhiem huu han", "vn": "viet nam",
}  # fmt: skip
_SHORTENED = re.compile(r"\b(?:" + "|".join(sorted(_SHORT, key=len, reverse=True)) + r")\b")
_NOT_LETTERS = re.compile(r"[^a-z0-9]+")
_OF_A_PROVINCE = re.compile(r" tinh [a-z ]+$")
_COMMITTEE = re.compile(r"^uy ban nhan dan (?=\S+ \S)")
_SITE_WORDS = re.compile(r"^(?:tai )?(?:diem cau|dau cau) ")
_PLACE_KIND = re.compile(r"^(?:tinh|thanh pho|huyen|thi xa|thi tran|phuong|xa|quan|dac khu) ")
_ENUMERATOR = re.compile(r"^\s*(?:(?:[IVXLC]{1,6}|\d{1,2}(?:\.\d{1,2})*|[A-ZĐ])\s*[.)/:-]|(?:[IVXLC]{1,6}|\d{1,2}|[A-ZĐ])\s(?=\S))\s*")
_COUNT = re.compile(r"\s*(?:[(:]\s*)?\d+\s*(?:đại biểu|người|đ/c|đồng chí)\)?\s*$|\s*:\s*$", re.IGNORECASE)
_MAIN = re.compile(r"(?:diem cau |dau cau )?(?:trung tam|chinh|tinh|hoi truong trung tam)(?: tinh .*)?|(?:diem cau|dau cau) tinh .*")


class Named(Protocol):
    @property
    def name(self) -> str: ...


Choice = TypeVar("Choice", bound=Named)


@dataclass(frozen=True, slots=True)
class UnitChoice:
    """A unit a delegate may belong to; `mandate_id` and `site_id` say whether and where it is invited already."""

    unit_id: int
    name: str
    code: str = ""
    short_name: str = ""
    parent_id: int | None = None
    parent_name: str = ""
    mandate_id: int | None = None
    site_id: int | None = None

    @property
    def spoken(self) -> str:
        """The name with what tells it from others of the same name."""
        aside = ", ".join(part for part in (self.code, self.parent_name) if part)
        return f"{self.name} ({aside})" if aside else self.name


@dataclass(frozen=True, slots=True)
class SiteChoice:
    site_id: int
    name: str
    kind: str
    unit_id: int | None = None


class Directory(Generic[Choice]):
    """Names in tiers: the first tier that knows a text decides; several hits there are ambiguous."""

    def __init__(self, tiers: Sequence[tuple[Iterable[Choice], Callable[[Choice], Iterable[str]], Callable[[str], str]]]) -> None:
        self._tiers: list[tuple[dict[str, list[Choice]], Callable[[str], str]]] = []
        self._by_word: dict[str, set[str]] = defaultdict(set)
        self._spelling: dict[str, str] = {}
        self._suggested: dict[str, list[str]] = {}
        for choices, keys_of, key_for in tiers:
            known: dict[str, list[Choice]] = defaultdict(list)
            for choice in choices:
                for key in {key for key in keys_of(choice) if key}:
                    known[key].append(choice)
            self._tiers.append((known, key_for))

    def find(self, text: str) -> list[Choice]:
        """Every choice the text may mean in the first tier that knows it: none, one, or several."""
        if len(text) > FOUND_CHARACTERS:
            return []
        for known, key_for in self._tiers:
            found = known.get(key_for(text))
            if found:
                return found
        return []

    def nearest(self, text: str) -> list[str]:
        """Up to three names most like the text, the likest first; none for a long text and after `MOST_SUGGESTED` others."""
        if text not in self._suggested:
            if len(text) > SUGGESTED_CHARACTERS or len(self._suggested) >= MOST_SUGGESTED:
                return []
            self._suggested[text] = self._likest(plain_key(text)[:COMPARED_CHARACTERS])
        return self._suggested[text]

    def _likest(self, wanted: str) -> list[str]:
        matcher = SequenceMatcher(None, "", wanted)
        weighed: list[tuple[float, str]] = []
        for key in self._sharing_words(wanted):
            least = weighed[SUGGESTIONS - 1][0] if len(weighed) >= SUGGESTIONS else LEAST_LIKENESS
            matcher.set_seq1(key[:COMPARED_CHARACTERS])
            # The quick ones are upper bounds of the slow one.
            if matcher.real_quick_ratio() >= least and matcher.quick_ratio() >= least and (likeness := matcher.ratio()) >= least:
                weighed = sorted([*weighed, (likeness, key)], reverse=True)[:SUGGESTIONS]
        return [self._spelling[key] for _, key in weighed]

    def _sharing_words(self, wanted: str) -> list[str]:
        """The keys that share most words with the text; words that stand in very many names tell nothing."""
        if not self._by_word:
            self._index()
        words = sorted((len(self._by_word[word]), word) for word in set(wanted.split()) if word in self._by_word)
        shared: dict[str, int] = defaultdict(int)
        for names, word in words[:RAREST_WORDS]:
            if names <= COMMON_WORD:
                for key in self._by_word[word]:
                    shared[key] += 1
        return nsmallest(MOST_COMPARED, shared, key=lambda key: (-shared[key], key))

    def _index(self) -> None:
        for known, _ in self._tiers:
            for choices in known.values():
                for choice in choices:
                    key = plain_key(choice.name)
                    self._spelling[key] = choice.name
                    for word in key.split():
                        self._by_word[word].add(key)


def unit_directory(invited: Sequence[UnitChoice], others: Sequence[UnitChoice]) -> Directory[UnitChoice]:
    """Invited units before all others; by code, by name or short name, spelled out, then without what is usually left out."""

    def tiers(choices: Sequence[UnitChoice]) -> list[tuple[Iterable[UnitChoice], Callable[[UnitChoice], Iterable[str]], Callable[[str], str]]]:
        return [
            (choices, lambda choice: (fold(choice.code),), fold),
            (choices, lambda choice: (fold(choice.name), fold(choice.short_name)), fold),
            (choices, lambda choice: (plain_key(choice.name), plain_key(choice.short_name)), plain_key),
            (choices, lambda choice: (short_key(choice.name),), short_key),
        ]

    return Directory([*tiers(invited), *tiers(others)])


def site_directory(sites: Sequence[SiteChoice]) -> Directory[SiteChoice]:
    """Sites by name, with or without "điểm cầu" and the kind of place; "Điểm cầu tỉnh" is the main one."""
    main = [site for site in sites if site.kind == "main"]
    return Directory(
        [
            (sites, lambda site: (fold(site.name),), fold),
            (sites, lambda site: (place_key(site.name),), place_key),
            (main, lambda _: ("main",), lambda text: "main" if _MAIN.fullmatch(plain_key(text)) else ""),
            (sites, lambda site: (_PLACE_KIND.sub("", place_key(site.name)),), lambda text: _PLACE_KIND.sub("", place_key(text))),
        ]
    )


def heading_text(text: str) -> str:
    """A section's heading without its number and its count: "II. Sở Nội vụ (3 đại biểu)" is "Sở Nội vụ"."""
    return _COUNT.sub("", _ENUMERATOR.sub("", text, count=1)).strip(" .-")


@lru_cache(maxsize=65_536)
def plain_key(text: str) -> str:
    """Folded, signs away, short forms spelled out, "và" left out."""
    words = " ".join(_NOT_LETTERS.sub(" ", fold(text)).split())
    spelled = _SHORTENED.sub(lambda match: _SHORT[match.group()], words)
    return " ".join(word for word in spelled.split() if word != "va")


def short_key(text: str) -> str:
    """`plain_key` without "UBND" before a place's own name and without "tỉnh …" after an office."""
    key = plain_key(text)
    return _COMMITTEE.sub("", key) if _COMMITTEE.match(key) else _OF_A_PROVINCE.sub("", key)


def place_key(text: str) -> str:
    """`short_key` without "điểm cầu"."""
    return short_key(_SITE_WORDS.sub("", plain_key(text)))
