"""Text of others on its way to a terminal."""

import unicodedata

OBEYED = ("Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp")
SIGN_OF_HARM = "\ufffd"


def harmless(text: str) -> str:
    """The text with a sign in the place of every control, direction or line mark that names and servers might hold."""
    return "".join(SIGN_OF_HARM if unicodedata.category(letter) in OBEYED else letter for letter in text)
