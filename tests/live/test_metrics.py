"""What desks and boards do stands in `/metrics`."""

import requests
from prometheus_client.parser import text_string_to_metric_families

from tests.live.conftest import WAIT_SECONDS, Scene, act

SHOWN = ("confsvc_acts_total", "confsvc_ack_seconds_count", "confsvc_group_acts_count", "confsvc_group_acts_sum", "confsvc_connections")


def measure(scene: Scene) -> dict[str, float]:
    """Series by name and labels."""
    said = requests.get(f"{scene.service.url}/metrics", timeout=WAIT_SECONDS).text
    samples = [sample for family in text_string_to_metric_families(said) for sample in family.samples]
    return {" ".join((sample.name, *sorted(sample.labels.values()))): sample.value for sample in samples}


def test_acts_connections_and_frames_are_counted(scene: Scene) -> None:
    before = measure(scene)
    desk, board = scene.desk(scene.main), scene.board()
    board.call("sync", {})
    code = scene.scan(scene.dina)
    desk.call("check_in", code)
    desk.call("check_in", {**code, "client_ref": act()["client_ref"]})
    desk.call("record", {"acts": [{"act": "check_in", **scene.pick(scene.an)}, {"act": "count_heads", **act(count=9, reason="")}]})
    desk.call("walk_in", act(name="Phạm Văn Khách", position="", unit="Báo Bình Thuận"))
    desk.call("check_in", {"no": "act"})
    board.next("tallied")
    after = measure(scene)
    rose = {key: value - before.get(key, 0) for key, value in after.items() if key.startswith(SHOWN)}
    assert {key: number for key, number in rose.items() if number} == {
        "confsvc_acts_total accepted check_in": 2,
        "confsvc_acts_total check_in repeated": 1,
        "confsvc_acts_total accepted count_heads": 1,
        "confsvc_acts_total accepted walk_in": 1,
        "confsvc_ack_seconds_count": 4,
        "confsvc_group_acts_count": rose["confsvc_group_acts_count"],
        "confsvc_group_acts_sum": rose["confsvc_group_acts_sum"],
        "confsvc_connections /board": 1,
        "confsvc_connections /desk": 1,
    }
    # What is typed at a door is written by itself.
    assert rose["confsvc_group_acts_sum"] == 4
    assert after["confsvc_frames_total sent"] > before["confsvc_frames_total sent"]
