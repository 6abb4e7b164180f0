"""The wheel alone serves the product: built from a clean copy, installed apart from the checkout, started from the root folder."""

import os
import re
import shutil
import site
import subprocess
import sys
import venv
import zipfile
from collections.abc import Iterator
from pathlib import Path
from urllib.request import urlopen

import pytest

ROOT = Path(__file__).parent.parent
LEFT_BEHIND = shutil.ignore_patterns(".git", ".venv", "node_modules", ".dev", "instance*", "__pycache__", ".*_cache", "dist-*")


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel, made from an sdist as an index would offer it."""
    folder = tmp_path_factory.mktemp("build")
    source = folder / "source"
    shutil.copytree(ROOT, source, ignore=LEFT_BEHIND)
    build = [sys.executable, "-m", "hatchling", "build", "-d"]
    subprocess.run([*build, str(folder), "-t", "sdist"], cwd=source, check=True, capture_output=True)
    [sdist] = folder.glob("*.tar.gz")
    subprocess.run(["tar", "-xzf", str(sdist), "-C", str(folder)], check=True)
    unpacked = folder / sdist.name.removesuffix(".tar.gz")
    subprocess.run([*build, str(folder), "-t", "wheel"], cwd=unpacked, check=True, capture_output=True)
    [built] = folder.glob("*.whl")
    return built


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The Python of an environment that has the wheel, and of this one only the libraries."""
    folder = tmp_path_factory.mktemp("installed") / "venv"
    venv.create(folder, with_pip=False)
    python = folder / "bin" / "python"
    subprocess.run([sys.executable, "-m", "uv", "pip", "install", "-q", "--offline", "--no-deps", "--python", str(python), str(wheel)], check=True)
    [packages] = folder.glob("lib/python*/site-packages")
    # A .pth line adds the folder of the libraries without reading the .pth files in it, the one of the checkout included.
    (packages / "libraries.pth").write_text("\n".join(site.getsitepackages()))
    return python


@pytest.fixture(scope="module")
def address(installed: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a server run from the wheel."""
    data = tmp_path_factory.mktemp("data")
    environment = {"PATH": os.defpath, "CONFSVC_DATA_DIR": str(data), "CONFSVC_LOG_LEVEL": "WARNING"}
    command = [str(installed.parent / "confsvc"), "serve", "--port", "0"]
    with (data / "log").open("w") as log, subprocess.Popen(command, cwd="/", env=environment, stdout=subprocess.PIPE, stderr=log, text=True) as server:
        assert server.stdout
        said = server.stdout.readline()
        assert said.startswith("confsvc listens on "), (data / "log").read_text()
        yield said.split()[-1]
        server.terminate()
        assert server.wait(15) == 0, (data / "log").read_text()


def get(address: str) -> tuple[int, str, bytes]:
    with urlopen(address, timeout=10) as answer:
        return answer.status, answer.headers["Content-Type"], answer.read()


def test_wheel_is_complete_and_holds_nothing_of_the_workshop(wheel: Path) -> None:
    names = zipfile.ZipFile(wheel).namelist()
    for part in (
        "confsvc/templates/base.html",
        "confsvc/templates/paper/badges.typ",
        "confsvc/templates/paper/common.typ",
        "confsvc/templates/paper/letter.typ",
        "confsvc/templates/paper/plates.typ",
        "confsvc/templates/paper/sign_in.typ",
        "confsvc/static/dist/manifest.json",
        "confsvc/static/icon.svg",
        "confsvc/migrations/env.py",
        "confsvc/translations/vi/LC_MESSAGES/messages.mo",
        "confsvc/data/units-binh-thuan-2023.csv",
    ):
        assert part in names
    assert [name for name in names if name.split("/")[0] not in ("confsvc", f"confsvc-{wheel.name.split('-')[1]}.dist-info")] == []


def test_installed_package_is_the_one_that_runs(installed: Path) -> None:
    asked = subprocess.run([str(installed), "-c", "import confsvc; print(confsvc.__file__)"], cwd="/", check=True, capture_output=True, text=True)
    assert Path(asked.stdout.strip()).is_relative_to(installed.parent.parent)


def test_served_page_is_vietnamese_and_brings_its_files(address: str) -> None:
    status, kind, body = get(f"{address}/sign-in")
    page = body.decode()
    assert (status, kind) == (200, "text/html; charset=utf-8")
    assert "<h1>Đăng nhập</h1>" in page
    [style] = re.findall(r'<link rel="stylesheet" href="([^"]+)"', page)
    [script] = re.findall(r'<script type="module" src="([^"]+)"', page)
    assert get(address + style)[:2] == (200, "text/css; charset=utf-8")
    assert get(address + script)[:2] == (200, "text/javascript; charset=utf-8")


def test_installed_package_draws_paper(installed: Path, tmp_path: Path) -> None:
    """In its own process, with the templates of the wheel and the fonts of the libraries."""
    program = "from pathlib import Path; from confsvc.paths import asset_dir; from confsvc.schemas.paper import Drawing, Paper; import sys\n"
    program += "told = dict(lang='vi', title='T', author='', host='', heading='H', when='', four=False, words=dict(delegate='ĐẠI BIỂU'))\n"
    program += "one = dict(name='Nguyễn Thị Dina', position='', unit='', site='', rank='head', code='HTTPS://EXAMPLE.ORG/P/ABC', alt='A')\n"
    program += "Drawing(asset_dir('templates') / 'paper').draw(Paper('badges.typ', told, [one]), Path(sys.argv[1]))\n"
    subprocess.run([str(installed), "-c", program, str(tmp_path / "a.pdf")], cwd="/", check=True)
    assert (tmp_path / "a.pdf").read_bytes().startswith(b"%PDF")


def test_database_was_made(address: str) -> None:
    assert get(f"{address}/healthz") == (200, "application/json", b'{"status":"ok"}\n')
