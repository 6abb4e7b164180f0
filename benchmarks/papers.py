"""How long badges, name plates and sign-in sheets take, and what the server's other visitors notice of it.

Run by `.venv/bin/python -m benchmarks.papers [people]`. First every kind is drawn for 1,000 people as the server does it, in a
process of its own: seconds until the file lies there, and the most memory that process took. Then the real server over the
largest example (10,000 delegates) makes two files of all badges at once, while a visitor asks for the shortest page again and again.
"""

import json
import resource
import statistics
import sys
import tempfile
import threading
import time
import urllib.request
from pathlib import Path

from benchmarks.organiser_pages import example_server, sign_in
from confsvc.paths import asset_dir
from confsvc.schemas.paper import Drawing, Paper

GOAL_SECONDS = 5
ROUNDS = 5
PAUSE_SECONDS = 0.02
NAMES = ("Nguyễn Thị Thuỳ Dương", "Lê Hoàng Đức", "Trần Nguyễn Phương Thảo", "Phạm Ngọc Ánh Tuyết", "Võ Văn Ễnh")
UNITS = ("Sở Thông tin và Truyền thông", "Ủy ban nhân dân thành phố Phan Thiết", "Ủy ban nhân dân huyện Hàm Thuận Bắc")
WORDS = {"delegate": "ĐẠI BIỂU", "title": "DANH SÁCH KÝ TÊN", "page": "Trang {page}/{pages}", "closing": "Tổng số: ………"}
HEADS = ["STT", "Họ và tên", "Chức vụ", "Đơn vị", "Ký tên", "Ghi chú"]
COMMON = {
    "lang": "vi",
    "title": "Bản in",
    "author": "Sở Thông tin và Truyền thông",
    "host": "Sở Thông tin và Truyền thông tỉnh Bình Thuận",
    "heading": "Hội nghị tổng kết công tác năm 2022 và triển khai nhiệm vụ năm 2023",
    "when": "14:00, thứ Hai, 16/01/2023",
    "words": WORDS,
    "heads": HEADS,
    "widths": [12, 60, 52, 62, 45, 0],
}
LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"


def people(count: int) -> list[dict[str, str | None]]:
    """So many people, each with a name and a pass of their own."""
    found: list[dict[str, str | None]] = []
    for number in range(count):
        code = "".join(LETTERS[(number * 31 + place * place) % 32] for place in range(136))
        name, unit = f"{NAMES[number % len(NAMES)]} {number}", UNITS[number % len(UNITS)]
        seat = {"position": "Phó Giám đốc", "unit": unit, "site": "Điểm cầu trung tâm", "rank": ("head", "leader", "staff")[number % 3]}
        found.append({"name": name, **seat, "code": f"HTTPS://HOP.BINHTHUAN.GOV.VN/P/{code}", "alt": f"Mã QR của {name}"})
    return found


def papers(count: int) -> dict[str, Paper]:
    everybody = people(count)
    rows = [[str(place), one["name"], one["position"], one["unit"], "", ""] for place, one in enumerate(everybody, 1)]
    groups = [{"name": f"Điểm cầu {at}", "count": "100", "blanks": 3, "rows": rows[at : at + 100]} for at in range(0, count, 100)]
    without = [{**one, "code": None} for one in everybody]
    return {
        "badges, one a page": Paper("badges.typ", {**COMMON, "four": False}, everybody),
        "badges, four on a sheet": Paper("badges.typ", {**COMMON, "four": True}, everybody),
        "name plates": Paper("plates.typ", COMMON, without),
        "sign-in sheets": Paper("sign_in.typ", {**COMMON, "groups": groups}),
    }


def measure_kinds(count: int) -> list[str]:
    """A row for each kind: median and slowest of some rounds, processor time, size, the most memory of any process so far."""
    rows = []
    with tempfile.TemporaryDirectory() as folder:
        target = Path(folder) / "paper.pdf"
        for name, paper in papers(count).items():
            times = []
            before = processor_seconds()
            for _round in range(ROUNDS):
                began = time.perf_counter()
                Drawing(asset_dir("templates") / "paper").draw(paper, target)
                times.append(time.perf_counter() - began)
            work = (processor_seconds() - before) / ROUNDS
            memory = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
            rows.append(f"| {name} | {statistics.median(times):.1f} | {max(times):.1f} | {work:.1f} | {target.stat().st_size / 2**20:.1f} | {memory:.0f} |")
    return rows


def processor_seconds() -> float:
    """What all processes that have ended took of the processor."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def follow(browser: urllib.request.OpenerDirector, address: str) -> float:
    """Have all badges made; seconds from the press until the file is there."""
    began = time.perf_counter()
    page = browser.open(f"{address}/conferences/1/paper?kind=badges").read().decode()
    fields = {name: page.split(f'name="{name}"')[1].split('value="')[1].split('"')[0] for name in ("csrf_token", "form_key")}
    place = browser.open(f"{address}/conferences/1/paper/print?kind=badges", "&".join(f"{key}={value}" for key, value in fields.items()).encode()).url
    while json.loads(browser.open(f"{place}/state").read())["state"] in ("waiting", "drawing"):
        time.sleep(0.2)
    browser.open(f"{place}/file").read()
    return time.perf_counter() - began


def measure_server() -> str:
    """Two files of 10,000 badges at once, and what somebody else waits meanwhile."""
    with example_server() as (address, email, password):
        browsers = [sign_in(address, email, password) for _ in range(2)]
        took: list[float] = []
        threads = [threading.Thread(target=lambda browser=browser: took.append(follow(browser, address))) for browser in browsers]
        for thread in threads:
            thread.start()
        waits = []
        while any(thread.is_alive() for thread in threads):
            began = time.perf_counter()
            urllib.request.urlopen(f"{address}/healthz").read()  # noqa: S310 - our own server
            waits.append((time.perf_counter() - began) * 1000)
            time.sleep(PAUSE_SECONDS)
        waits.sort()
    p99 = waits[int(len(waits) * 0.99) - 1]
    meanwhile = f"median {statistics.median(waits):.0f} ms, p99 {p99:.0f} ms, largest {waits[-1]:.0f} ms"
    return f"two files of 10,000 badges at once: {max(took):.0f} s; `/healthz` meanwhile: {meanwhile}"


def main() -> None:
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 1000
    print(f"| {count} people ({ROUNDS} rounds each) | median s | slowest s | processor s | MiB | most memory MiB |")
    print("|---|---|---|---|---|---|")
    print("\n".join(measure_kinds(count)))
    print(f"\n{measure_server()}\nthe goal for 1,000 badges is {GOAL_SECONDS} s")


if __name__ == "__main__":
    main()
