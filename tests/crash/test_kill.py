"""The server is killed again and again while desks work: nothing that was answered is lost, nothing is there twice."""

import shutil
import time
from pathlib import Path
from random import Random

from tests.crash.conftest import DATABASE, Province, Serving
from tests.crash.desks import Chance, Desk

KILLS = 20
LONGEST_LIFE_SECONDS = 0.5
SEED = 20230116


def look_at_a_copy(province: Province, folder: Path) -> Path:
    """The data as the dead server left it; looking would tidy it up, and the server is to find it as it is."""
    folder.mkdir()
    for file in province.folder.glob(f"{DATABASE}*"):
        shutil.copy(file, folder)
    return folder


def test_no_answered_act_is_lost_or_doubled_when_the_server_is_killed(serving: Serving, tmp_path: Path) -> None:
    (folder := tmp_path / "data").mkdir()
    random = Random(SEED)
    with serving(folder) as (server, province):
        site_of, codes = province.site_of, [code for codes in province.codes.values() for code in codes]
        chances = [Chance(Random(f"{SEED} {token}"), codes, province.delegate_ids[site_of[token]]) for token in province.desk_tokens]
        server.start()
        desks = [Desk(server.url, token, chance.act) for token, chance in zip(province.desk_tokens, chances, strict=True)]
        for desk in desks:
            desk.work()
        for n in range(KILLS):
            for desk in desks:
                desk.wait_for_more()
            time.sleep(random.uniform(0, LONGEST_LIFE_SECONDS))  # the moment of the crash; nothing is waited for
            server.kill()
            left = look_at_a_copy(province, tmp_path / f"killed{n}")
            answered = {ref: desk.answers[ref] for desk in desks for ref in desk.answered()}
            assert set(answered) <= set(province.lines(left)), f"kill {n} lost an answered act"
            assert province.differences(left) == [], f"after kill {n}"
            server.start()
        for desk in desks:
            desk.rest()
            desk.close()
        server.kill()

        lines = province.lines(folder)
        acts = {ref: act for desk in desks for ref, act in desk.acts.items()}
        # Beside the line of each act there are only those of the people whom a substitute replaced.
        assert set(acts) <= set(lines)
        assert {line.kind for ref, line in lines.items() if ref not in acts} <= {"substitute"}
        assert all(desk.errors == [] for desk in desks)
        assert all(desk.answers_agree(lines) for desk in desks)
        # The crashes fell into work: some acts had to be sent again, and found themselves done or not.
        assert len(lines) > KILLS * len(desks)
        assert "agree" in server.verify()
