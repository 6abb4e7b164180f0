"""Bytes from strangers to text, whatever they say their charset is."""

import codecs

# What mail is really written in. Python knows more, some of them slow on purpose-made text (idna) or no charsets at all.
CHARSETS = frozenset(
    codecs.lookup(name).name
    for name in (
        *("utf-8", "utf-16", "utf-16-le", "utf-16-be", "ascii", "koi8-r", "koi8-u"),
        *(f"iso8859-{number}" for number in range(1, 17) if number != 12),
        *(f"cp{number}" for number in (437, 850, 866, 874, 932, 936, 949, 950, *range(1250, 1259))),
        *("gb2312", "gbk", "gb18030", "big5", "shift_jis", "euc-jp", "iso2022_jp", "euc-kr"),
    )
)


def decode_text(data: bytes, charset: str) -> str:
    """The text in `charset` if that is one of mail and fits, else in UTF-8, else in Latin-1; never raises."""
    for name in (charset.strip().strip("\"'"), "utf-8-sig"):
        try:
            known = codecs.lookup(name).name
            if known in CHARSETS or known == "utf-8-sig":
                return data.decode("utf-8-sig" if known in ("utf-8", "ascii") else known)
        except (LookupError, ValueError):
            continue
    return data.decode("latin-1")
