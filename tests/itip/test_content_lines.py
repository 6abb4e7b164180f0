"""The reader of content lines reads what RFC 5545 §3.1 and RFC 6868 say, and nothing else."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.itip.content_lines import Line, Malformed, escape, fold, parse, parse_line, split_texts, unescape, unfold

letters = st.text(st.characters(exclude_categories=["Cs", "Cc"]) | st.sampled_from("\\;,:\"'^\t"), max_size=200)


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("summary:a:b", Line("SUMMARY", "a:b")),
        ("X-A;b=c:", Line("X-A", "", (("B", ("c",)),))),
        ('CN;A="x;y:z,",q;B=:v', Line("CN", "v", (("A", ("x;y:z,", "q")), ("B", ("",))))),
        ("ORGANIZER;CN=a^^b^'c^nd^x:mailto:x", Line("ORGANIZER", "mailto:x", (("CN", ('a^b"c\nd^x',)),))),
        ("A:\t", Line("A", "\t")),
    ],
)
def test_line(text: str, line: Line) -> None:
    assert parse_line(text) == line


@pytest.mark.parametrize("text", ["", "A", ":a", "A;B:c", 'A;B="c:d', 'A;B=c"d":e', "A B:c", "A:\x00", "A:b\rc", "Ä:b", "A;=b:c", "A;B=c;:d"])
def test_line_that_is_none(text: str) -> None:
    with pytest.raises(Malformed):
        parse_line(text)


def test_unfolding_takes_one_blank_and_joins_letters_that_were_torn() -> None:
    torn = "A:ễ".encode()
    assert unfold(b"A:a\r\n  b\r\n\tc\r\n" + torn[:3] + b"\r\n " + torn[3:] + b"\r\n") == ["A:a bc", "A:ễ"]


@pytest.mark.parametrize("data", [b"", b"A:b", b"A:b\n", b"A:\xff\r\n"])
def test_octets_that_are_no_lines(data: bytes) -> None:
    with pytest.raises(Malformed):
        unfold(data)


@pytest.mark.parametrize("text", ["BEGIN:A", "END:A", "BEGIN:A\nEND:B", "A:b", "BEGIN:A\nBEGIN:B\nEND:A\nEND:B", "BEGIN:A\n\nEND:A"])
def test_components_that_are_not_nested(text: str) -> None:
    with pytest.raises(Malformed):
        parse(text.replace("\n", "\r\n").encode() + b"\r\n")


@given(letters, letters)
def test_text_comes_back_from_a_folded_line(text: str, other: str) -> None:
    data = fold(f"A:{escape(text)},{escape(other)}")
    assert all(len(row) <= 75 for row in data.split(b"\r\n"))
    [line] = unfold(data)
    assert split_texts(parse_line(line).value) == [text, other]
    assert unescape(escape(f"{text}\n{other}")) == f"{text}\n{other}"
