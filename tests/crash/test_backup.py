"""The administrator takes a backup while desks work, and what comes back is a state that there was."""

from itertools import cycle
from pathlib import Path

import pytest
from click.testing import CliRunner

from confsvc.cli import cli
from tests.crash.conftest import Serving
from tests.crash.desks import Desk, by_name


def call(monkeypatch: pytest.MonkeyPatch, environment: dict[str, str], *words: str | Path) -> None:
    """The command, over the data of this environment."""
    for name, value in environment.items():
        if name.startswith("CONFSVC_"):
            monkeypatch.setenv(name, value)
    done = CliRunner().invoke(cli, [str(word) for word in words])
    assert done.exit_code == 0, done.output


def test_a_backup_under_load_disturbs_nobody_and_comes_back_whole(serving: Serving, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (folder := tmp_path / "data").mkdir()
    with serving(folder) as (server, province):
        server.start()
        people = [cycle(province.delegate_ids[province.site_of[token]]) for token in province.desk_tokens]
        desks = [Desk(server.url, token, lambda ids=ids: by_name(next(ids))) for token, ids in zip(province.desk_tokens, people, strict=True)]  # type: ignore[misc]  # ids is bound here
        for desk in desks:
            desk.work()
        for desk in desks:
            desk.wait_for_more()
        before = {ref for desk in desks for ref in desk.answered()}
        call(monkeypatch, server.environment(), "backup", tmp_path / "copies")
        for desk in desks:
            desk.wait_for_more()
            desk.rest()
            desk.close()
        assert [desk.errors for desk in desks] == [[]] * len(desks)
        [archive] = (tmp_path / "copies").iterdir()
        call(monkeypatch, server.environment() | {"CONFSVC_DATA_DIR": str(tmp_path / "back")}, "restore", archive)
        lines, back = province.lines(folder), province.lines(tmp_path / "back")
        # Whatever was answered before it began is in it; it is a beginning of the log, and what is kept of it agrees.
        assert before <= set(back)
        assert list(lines.items())[: len(back)] == list(back.items())
        assert province.differences(tmp_path / "back") == []
