"""A person with a browser, without its picture: pages, links and forms over HTTP, cookies kept, nothing known of the product's inside."""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from html.parser import HTMLParser
from http.cookiejar import CookieJar
from urllib.error import HTTPError
from urllib.parse import urlencode, urljoin
from urllib.request import HTTPCookieProcessor, Request, build_opener

NOTHING: Mapping[str, str | list[str] | None] = {}


@dataclass(slots=True)
class Form:
    """A form as it stands on a page: where it goes, and the values that would be sent; `controls` are all names it has."""

    action: str
    method: str
    values: list[tuple[str, str]] = field(default_factory=list)
    controls: set[str] = field(default_factory=set)


@dataclass(slots=True)
class Page:
    """What a request came to."""

    status: int
    url: str
    html: str
    forms: list[Form]
    links: list[str]

    def form(self, *controls: str, to: str = "") -> Form:
        """The one form that has all these controls and whose address ends so."""
        found = [form for form in self.forms if form.controls.issuperset(controls) and re.split("[?#]", form.action)[0].endswith(to)]
        assert len(found) == 1, f"{len(found)} forms with {controls} to {to!r} at {self.url}: {[(form.action, form.controls) for form in self.forms]}"
        return found[0]

    def link(self, ending: str) -> str:
        """The first link whose address ends so."""
        return next(link for link in self.links if re.split("[?#]", link)[0].endswith(ending))


class Visitor:
    """One browser."""

    def __init__(self, root: str) -> None:
        self._root = root
        self._opener = build_opener(HTTPCookieProcessor(CookieJar()))

    def open(self, path: str, *, status: int = 200) -> Page:
        return self._ask(Request(urljoin(self._root, path)), status)

    def send(self, form: Form, changes: Mapping[str, str | list[str] | None] = NOTHING, *, status: int = 200) -> Page:
        """Send the form as it stands but for these values (None: not sent) and follow to where it leads."""
        assert changes.keys() <= form.controls, f"{changes.keys() - form.controls} is not among {form.controls}"
        values = [(name, value) for name, value in form.values if name not in changes]
        for name, value in changes.items():
            values += [(name, one) for one in ([value] if isinstance(value, str) else value or [])]
        body = urlencode(values).encode()
        request = Request(form.action, data=body) if form.method == "post" else Request(f"{form.action.split('?')[0]}?{body.decode()}")
        return self._ask(request, status)

    def _ask(self, request: Request, status: int) -> Page:
        try:
            answer = self._opener.open(request, timeout=30)
        except HTTPError as error:
            answer = error
        with answer:
            url, html = answer.geturl(), answer.read().decode("utf-8", "replace")
        page = Page(answer.status, url, html, *_read(url, html))
        assert page.status == status, f"{request.get_method()} {request.full_url}: {page.status}\n{_words(html)}"
        return page


class _Reader(HTMLParser):
    """Forms with the values that would be sent, and links."""

    def __init__(self, url: str) -> None:
        super().__init__()
        self.forms: list[Form] = []
        self.links: list[str] = []
        self._url = url
        self._named: dict[str, Form] = {}
        self._open: Form | None = None
        self._select: tuple[str, list[str], list[str]] | None = None
        self._text: tuple[str, list[str]] | None = None

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        given = {name: value if value is not None else "" for name, value in attributes}
        starts: dict[str, Callable[[dict[str, str]], None]] = {
            "a": self._link,
            "form": self._begin,
            "input": self._input,
            "button": self._button,
            "select": self._choose,
            "option": self._option,
            "textarea": self._write,
        }
        if tag in starts:
            starts[tag](given)

    def handle_data(self, data: str) -> None:
        if self._text:
            self._text[1].append(data)

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self._open = None
        if tag == "select" and self._select and self._open:
            name, chosen, offered = self._select
            self._open.values += [(name, value) for value in chosen or offered[:1]]
            self._select = None
        if tag == "textarea" and self._text and self._open:
            name, parts = self._text
            self._open.values.append((name, "".join(parts).removeprefix("\n")))
            self._text = None

    def _link(self, given: dict[str, str]) -> None:
        if "href" in given:
            self.links.append(urljoin(self._url, given["href"]))

    def _begin(self, given: dict[str, str]) -> None:
        self._open = Form(urljoin(self._url, given.get("action", self._url) or self._url), given.get("method", "get").lower())
        self.forms.append(self._open)
        self._named[given.get("id", "")] = self._open

    def _input(self, given: dict[str, str]) -> None:
        name, kind = given.get("name", ""), given.get("type", "text")
        if not self._open or not name:
            return
        self._open.controls.add(name)
        if kind in ("submit", "button", "image", "file") or (kind in ("checkbox", "radio") and "checked" not in given) or "disabled" in given:
            return
        self._open.values.append((name, given.get("value", "on" if kind in ("checkbox", "radio") else "")))

    def _button(self, given: dict[str, str]) -> None:
        form = self._named.get(given["form"]) if "form" in given else self._open
        if form and given.get("name"):
            form.controls.add(given["name"])

    def _choose(self, given: dict[str, str]) -> None:
        if self._open and given.get("name"):
            self._open.controls.add(given["name"])
            self._select = (given["name"], [], [])

    def _option(self, given: dict[str, str]) -> None:
        if self._select:
            self._select[2].append(given.get("value", ""))
            if "selected" in given:
                self._select[1].append(given.get("value", ""))

    def _write(self, given: dict[str, str]) -> None:
        if self._open and given.get("name"):
            self._open.controls.add(given["name"])
            self._text = (given["name"], [])


def _read(url: str, html: str) -> tuple[list[Form], list[str]]:
    reader = _Reader(url)
    reader.feed(html)
    reader.close()
    return reader.forms, reader.links


def _words(html: str) -> str:
    """What stands on a page, for the message of a failed test."""
    return " ".join(_texts(html))[:2000]


def _texts(html: str) -> Iterator[str]:
    found: list[str] = []

    class Texts(HTMLParser):
        def handle_data(self, data: str) -> None:
            if data.strip():
                found.append(data.strip())

    Texts().feed(html)
    yield from found
