"""A conference's own words: which placeholders they may hold, and whose they are."""

import pytest
from sqlalchemy import select

from confsvc.domain.conference_copies import duplicate_conference
from confsvc.domain.errors import EditConflict, Invalid, NotFound, SignInRequired
from confsvc.domain.letter_texts import PLACEHOLDERS, own_text, read_text, read_texts, reset_text, set_text
from confsvc.domain.work import Anonymous, Work
from confsvc.models import Account, Conference, LetterText
from confsvc.models.mail import LETTER_KINDS, LOCALES
from confsvc.schemas.letter_texts import STANDARD, fill, split_blocks, standard_wording
from confsvc.schemas.letter_words import words_in
from tests.conftest import BeginWork
from tests.factories import STARTS, acting, make_account, make_conference, make_site


@pytest.fixture
def conference(begin: BeginWork) -> Conference:
    with begin() as work:
        return make_conference(work, make_account(work))


@pytest.fixture
def olga(begin: BeginWork, conference: Conference) -> Account:
    with begin() as work:
        return work.session.scalars(select(Account)).one()


def save(work: Work, conference: Conference, body: str = "{details}", *, kind: str = "invitation", subject: str = "Mời {name}", version: int = 0) -> LetterText:
    return set_text(work, conference.id, kind=kind, locale="vi", subject=subject, body=body, version=version)


def test_a_text_is_kept_and_taken_back(begin: BeginWork, conference: Conference, olga: Account) -> None:
    with begin(acting(olga)) as work:
        kept = save(work, conference, "  Kính gửi  {name}\r\n\r\n{details}  ")
        assert (kept.subject, kept.body, kept.version) == ("Mời {name}", "Kính gửi {name}\n\n{details}", 1)
    with begin(acting(olga)) as work:
        assert save(work, conference, version=1).version == 2
        assert [(text.kind, text.locale) for text in read_texts(work, conference.id)] == [("invitation", "vi")]
        reset_text(work, conference.id, kind="invitation", locale="vi")
        reset_text(work, conference.id, kind="invitation", locale="vi")
        assert own_text(work, conference.id, "invitation") == {}


@pytest.mark.parametrize(
    ("body", "reason", "placeholder"),
    [
        ("{name.__class__} {details}", "placeholder_unknown", "{name.__class__}"),
        ("{0.__class__.__mro__}\n{details}", "placeholder_unknown", "{0.__class__.__mro__}"),
        ("{name!r}\n{details}", "placeholder_unknown", "{name!r}"),
        ("{name:>1000000}\n{details}", "placeholder_unknown", "{name:>1000000}"),
        ("{}\n{details}", "placeholder_unknown", "{}"),
        ("{ name }\n{details}", "placeholder_unknown", "{ name }"),
        ("{seats}\n{details}", "placeholder_unknown", "{seats}"),
        ("{{name}}\n{details}", "placeholder_open", None),
        ("{name\n{details}", "placeholder_open", None),
        ("a } b\n{details}", "placeholder_open", None),
        ("Xem {details} dưới đây", "placeholder_alone", "{details}"),
        ("{details}\nvà {details}", "placeholder_alone", "{details}"),
        ("Kính gửi {name}", "placeholder_needed", "{details}"),
        ("   ", "required", None),
        ("x" * 5001, "too_long", None),
    ],
)
def test_a_text_that_would_not_read_right_is_refused(begin: BeginWork, conference: Conference, body: str, reason: str, placeholder: str | None) -> None:
    with pytest.raises(Invalid) as refused, begin() as work:
        save(work, conference, body)
    assert (refused.value.field, refused.value.reason, refused.value.values.get("placeholder")) == ("body", reason, placeholder)


@pytest.mark.parametrize(
    ("subject", "reason"), [("{details}", "placeholder_unknown"), ("{x}", "placeholder_unknown"), ("", "required"), ("x" * 201, "too_long")]
)
def test_a_subject_holds_no_blocks(begin: BeginWork, conference: Conference, subject: str, reason: str) -> None:
    with pytest.raises(Invalid) as refused, begin() as work:
        save(work, conference, subject=subject)
    assert (refused.value.field, refused.value.reason) == ("subject", reason)


def test_the_second_of_two_writers_is_told(begin: BeginWork, conference: Conference, olga: Account) -> None:
    with begin(acting(olga)) as work:
        save(work, conference, "Một\n{details}")
    with pytest.raises(EditConflict) as late, begin(acting(olga)) as work:
        save(work, conference, "Hai\n{details}")
    assert late.value.current.body == "Một\n{details}"
    with begin(acting(olga)) as work:
        reset_text(work, conference.id, kind="invitation", locale="vi")
    with pytest.raises(EditConflict) as reset, begin(acting(olga)) as work:
        save(work, conference, "Ba\n{details}", version=1)
    assert reset.value.current.version == 0


def test_only_organisers_of_the_conference_see_and_change_texts(begin: BeginWork, conference: Conference) -> None:
    with begin() as work:
        save(work, conference)
        mallory = make_account(work, "mallory")
        make_conference(work, mallory)
    for actor, error in ((acting(mallory), NotFound), (Anonymous(), SignInRequired)):
        for attempt in (
            lambda work: read_texts(work, conference.id),
            lambda work: read_text(work, conference.id, "invitation", "vi"),
            lambda work: save(work, conference, version=1),
            lambda work: reset_text(work, conference.id, kind="invitation", locale="vi"),
        ):
            with pytest.raises(error), begin(actor) as work:
                attempt(work)
    with begin() as work:
        assert own_text(work, conference.id, "invitation")["vi"].version == 1


@pytest.mark.parametrize(("kind", "locale"), [("calendar", "vi"), ("invitation", "fr"), ("x", "vi")])
def test_there_are_no_other_letters(begin: BeginWork, conference: Conference, kind: str, locale: str) -> None:
    with pytest.raises(NotFound), begin() as work:
        set_text(work, conference.id, kind=kind, locale=locale, subject="x", body="{details}", version=0)


def test_a_copy_of_the_conference_says_the_same(begin: BeginWork, conference: Conference, olga: Account) -> None:
    with begin(acting(olga)) as work:
        make_site(work, conference)
        save(work, conference, "Của chúng tôi\n{details}")
        copy = duplicate_conference(work, conference.id, title="Năm sau", starts_at=STARTS).conference
        assert {locale: text.body for locale, text in own_text(work, copy.id, "invitation").items()} == {"vi": "Của chúng tôi\n{details}"}


@pytest.mark.parametrize("locale", LOCALES)
@pytest.mark.parametrize("kind", LETTER_KINDS)
def test_the_texts_of_the_server_obey_the_same_rules(begin: BeginWork, conference: Conference, kind: str, locale: str) -> None:
    wording = standard_wording(kind, words_in(locale))
    assert (wording == STANDARD[kind]) is (locale == "en")
    with begin() as work:
        kept = set_text(work, conference.id, kind=kind, locale=locale, subject=wording.subject, body=wording.body, version=0)
        assert (kept.subject, kept.body) == (wording.subject, wording.body)


def test_placeholders_are_filled_once() -> None:
    values = {"name": "{host}", "host": "Sở {0.__class__} %s"}
    assert fill("{name} của {host}; {other} {", values) == "{host} của Sở {0.__class__} %s; {other} {"
    assert set(PLACEHOLDERS) == set(LETTER_KINDS)


def test_a_body_falls_into_paragraphs_and_blocks() -> None:
    body = "Kính gửi {name},\n\n\nMột\nhai\n{details}\nba\n\n{answer}"
    assert split_blocks(body) == [("text", "Kính gửi {name},"), ("text", "Một\nhai"), ("details", ""), ("text", "ba"), ("answer", "")]
