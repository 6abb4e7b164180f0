"""Telephone numbers and e-mail addresses as people type them, in one form."""

import re

import phonenumbers
from email_validator import EmailNotValidError, validate_email

from confsvc.domain.errors import Invalid
from confsvc.domain.text import clean

REGION = "VN"
_BETWEEN_NUMBERS = re.compile(r"[/;,|\r\n]+|\s[-–]\s|\s(?:hoặc|và|or)\s", re.IGNORECASE)
_NUMBER = re.compile(r"\(?\+?\d[\d\s().\-–]*")
_FROM_A_SPREADSHEET = re.compile(r"\d+\.0+")


def split_phones(typed: str) -> tuple[str, str]:
    """The first number of a field and whatever follows it, both as typed: "0913 … / 0252 …" holds two."""
    first, *rest = [part for part in (clean(part) for part in _BETWEEN_NUMBERS.split(typed)) if part] or [""]
    return first, "; ".join(rest)


def normal_phone(typed: str) -> str:
    """The first number of the field in E.164 or "" for an empty field; raises Invalid `phone_invalid`.

    A spreadsheet eats the leading 0 (nine digits are left) and may add ".0"; both are put right.
    """
    first, _ = split_phones(typed)
    if not first:
        return ""
    if _FROM_A_SPREADSHEET.fullmatch(first):
        first = first.partition(".")[0]
    found = _NUMBER.search(first)
    try:
        number = phonenumbers.parse(found.group() if found else "", REGION)
    except phonenumbers.NumberParseException as error:
        raise Invalid("phone", "phone_invalid") from error
    if not phonenumbers.is_valid_number(number):
        raise Invalid("phone", "phone_invalid")
    return str(phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164))


def shown_phone(number: str) -> str:
    """A number in E.164 the way people read it: "0913 123 456" in this country, "+84 …" style for others; other text as it is."""
    try:
        parsed = phonenumbers.parse(number)
    except phonenumbers.NumberParseException:
        return number
    home = phonenumbers.region_code_for_country_code(parsed.country_code or 0) == REGION
    form = phonenumbers.PhoneNumberFormat.NATIONAL if home else phonenumbers.PhoneNumberFormat.INTERNATIONAL
    return str(phonenumbers.format_number(parsed, form))


def normal_email(typed: str) -> str:
    """The address in lower case, its domain normalised; raises Invalid `email_invalid`, also for letters before the @ that a mail server cannot be told."""
    try:
        return validate_email(typed.strip(), check_deliverability=False, test_environment=True, allow_smtputf8=False).normalized.lower()
    except EmailNotValidError as error:
        raise Invalid("email", "email_invalid") from error
