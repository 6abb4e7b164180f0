"""How long an organiser waits for each page of the largest example: Lâm Đồng 2025, 125 sites, 10,000 delegates.

Run by `.venv/bin/python -m benchmarks.organiser_pages [rounds]`. It starts the real server on loopback over a fresh database, signs
in through the form and asks for every page in turn, one request at a time; it prints milliseconds from request to the last
byte of the answer. The server runs on one core; the client waits, so it takes next to nothing of the other.
"""

import http.cookiejar
import os
import re
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.parse
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager

from benchmarks.bench import Bench, Measure
from benchmarks.readings import Run, percentile

PAGES = (
    "/conferences",
    "/conferences/1",
    "/conferences/1/edit",
    "/conferences/1/sites",
    "/conferences/1/sites/new",
    "/conferences/1/agenda",
    "/conferences/1/mandates",
    "/conferences/1/mandates/invite",
    "/conferences/1/delegates",
    "/conferences/1/delegates?q=duc",
    "/conferences/1/delegates?sort=name&page=100",
    "/conferences/1/delegates?sort=unit",
    "/conferences/1/delegates/500",
    "/conferences/1/delegates/new",
    "/conferences/1/delegates/import",
    "/conferences/1/desks",
    "/conferences/1/attendance",
    "/conferences/1/attendance?q=nguyen",
    "/conferences/1/board",
    "/units",
    "/units?q=da",
)
GOAL_P95_MS = 150
WARM_UP = 3
ROUNDS, QUICK_ROUNDS = 40, 10


@contextmanager
def example_server(core: int | None = None) -> Iterator[tuple[str, str, str]]:
    """The address of a server with the example loaded, on this core if one is named, and the organiser's e-mail and password."""
    with tempfile.TemporaryDirectory() as folder:
        environment = {**os.environ, "CONFSVC_DATA_DIR": folder, "CONFSVC_LOG_LEVEL": "WARNING"}
        confsvc = [sys.executable, "-m", "confsvc"]
        said = subprocess.run([*confsvc, "demo", "--conference", "lam-dong"], env=environment, check=True, capture_output=True, text=True).stdout
        signed_in = re.search(r"(\S+@\S+), password (\S+)", said)
        if not signed_in:
            raise RuntimeError(f"the example does not say who signs in:\n{said}")
        server = subprocess.Popen([*confsvc, "serve", "--port", "0"], env=environment, stdout=subprocess.PIPE, text=True)
        if core is not None:
            os.sched_setaffinity(server.pid, {core})
        try:
            line = server.stdout.readline() if server.stdout else ""
            yield line.split()[-1], signed_in[1], signed_in[2]
        finally:
            server.terminate()
            server.wait(15)


def sign_in(address: str, email: str, password: str) -> urllib.request.OpenerDirector:
    browser = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(http.cookiejar.CookieJar()))
    form = browser.open(f"{address}/sign-in").read().decode()
    fields = dict(re.findall(r'name="(csrf_token|form_key)"[^>]*value="([^"]+)"', form))
    fields |= {"version": "0", "email": email, "password": password}
    answer = browser.open(f"{address}/sign-in", urllib.parse.urlencode(fields).encode())
    if answer.url.endswith("/sign-in"):
        raise RuntimeError("the sign-in was refused")
    return browser


def measure(browser: urllib.request.OpenerDirector, address: str, rounds: int) -> list[float]:
    """Milliseconds of each of `rounds` requests, sorted."""
    times = []
    for number in range(WARM_UP + rounds):
        began = time.perf_counter()
        browser.open(address).read()
        if number >= WARM_UP:
            times.append((time.perf_counter() - began) * 1000)
    return sorted(times)


def figure(bench: Bench) -> Measure:
    """The p95 of the slowest page."""
    address, email, password = bench.keep(example_server(bench.cores.server))
    browser = sign_in(address, email, password)
    rounds = QUICK_ROUNDS if bench.is_quick else ROUNDS

    def take() -> Run:
        return {"pages.p95": max(percentile(measure(browser, address + page, rounds), 0.95) for page in PAGES)}

    return take


def main() -> None:
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else ROUNDS
    with example_server() as (address, email, password):
        browser = sign_in(address, email, password)
        print(f"| page ({rounds} requests each) | median ms | p95 ms | largest ms |")
        print("|---|---|---|---|")
        slow = []
        for page in PAGES:
            times = measure(browser, address + page, rounds)
            p95 = times[int(len(times) * 0.95) - 1]
            if p95 > GOAL_P95_MS:
                slow.append(page)
            print(f"| `{page}` | {statistics.median(times):.0f} | {p95:.0f} | {times[-1]:.0f} |")
    print(f"\nover {GOAL_P95_MS} ms at p95: {', '.join(slow) or 'none'}")


if __name__ == "__main__":
    main()
