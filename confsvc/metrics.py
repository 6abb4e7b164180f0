"""What a process counts about itself; `/metrics` shows it in the text format of Prometheus.

Plain functions, called by whoever did the thing. Every label comes from a list in the code (endpoints, namespaces, acts,
verdicts): nothing that a client sends can make another series.
"""

from collections.abc import Callable
from functools import cache

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, ProcessCollector, generate_latest

from confsvc.models.attendance import VERDICTS
from confsvc.schemas.acts import ACTS

OTHER = "other"
# Up to what the ladder of performance.md promises, and beyond, to see how far it is missed.
ACK_BUCKETS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5)
PAGE_BUCKETS = (0.01, 0.05, 0.15, 0.5, 1.5, 5)
GROUP_BUCKETS = (1, 2, 4, 8, 16, 32, 64, 128, 256)

REGISTRY = CollectorRegistry()
# Memory, processor time and open files of this process, from /proc.
ProcessCollector(registry=REGISTRY)
_requests = Counter("confsvc_http_requests", "Requests answered.", ["endpoint", "status"], registry=REGISTRY)
_request_seconds = Histogram("confsvc_http_request_seconds", "Seconds a request took.", ["endpoint"], buckets=PAGE_BUCKETS, registry=REGISTRY)
_connections = Gauge("confsvc_connections", "Live connections now.", ["namespace"], registry=REGISTRY)
_acts = Counter("confsvc_acts", "Acts of desks answered, by what became of them.", ["act", "verdict"], registry=REGISTRY)
_ack_seconds = Histogram("confsvc_ack_seconds", "Seconds from an act's arrival to its answer.", buckets=ACK_BUCKETS, registry=REGISTRY)
_group_acts = Histogram("confsvc_group_acts", "Acts carried out in one commit.", buckets=GROUP_BUCKETS, registry=REGISTRY)
_group_seconds = Histogram("confsvc_group_seconds", "Seconds such a commit took, its work included.", buckets=ACK_BUCKETS, registry=REGISTRY)
_frames = Counter("confsvc_frames", "Frames for rooms, by whether a receiver got it or was too far behind.", ["outcome"], registry=REGISTRY)
for _outcome in ("sent", "skipped"):  # there from the beginning: a rate of nothing is 0, not unknown
    _frames.labels(_outcome)
_outbox = Gauge("confsvc_outbox_messages", "Messages that are still to go out.", registry=REGISTRY)
_outbox_late = Gauge("confsvc_outbox_late_seconds", "How long the message that is due first has been due.", registry=REGISTRY)
_info = Gauge("confsvc_info", "Always 1; the version of the program.", ["version"], registry=REGISTRY)


def request_answered(endpoint: str | None, status: int, seconds: float) -> None:
    """A request was answered; `endpoint` is Flask's name of the page, None where there is no such page."""
    _requests.labels(endpoint or OTHER, str(status)).inc()
    _request_seconds.labels(endpoint or OTHER).observe(seconds)


def count_connections_by(namespace: str, count: Callable[[], int]) -> None:
    """Have the connections of a namespace counted by `count` whenever they are asked for."""
    _connections.labels(namespace).set_function(count)


def act_answered(act: str, verdict: str) -> None:
    """An act was answered with this verdict, or the code of an error."""
    _acts_of(act, verdict).inc()


@cache
def _acts_of(act: str, verdict: str) -> Counter:
    """Looked for once: that costs more than to count."""
    return _acts.labels(act if act in ACTS else OTHER, verdict if verdict in VERDICTS else "error")


def ack_sent(seconds: float) -> None:
    """An act was answered so long after it had come."""
    _ack_seconds.observe(seconds)


def group_committed(acts: int, seconds: float) -> None:
    """So many acts were carried out in one commit, which took so long from the first statement to the last."""
    _group_acts.observe(acts)
    _group_seconds.observe(seconds)


def frames_shown(sent: int, skipped: int) -> None:
    """So many receivers were sent a frame, and so many were too far behind for it and will catch up by a later one."""
    _frames.labels("sent").inc(sent)
    _frames.labels("skipped").inc(skipped)


def outbox_seen(waiting: float, late_seconds: float) -> None:
    """The state of the outbox; NaN where it cannot be read."""
    _outbox.set(waiting)
    _outbox_late.set(late_seconds)


def running(version: str) -> None:
    """This process runs that version."""
    _info.labels(version).set(1)


def exposition() -> bytes:
    """Everything, in the text format of Prometheus."""
    return generate_latest(REGISTRY)
