"""What desks have told is counted by what became of it, and timed: an administrator sees how the doors are doing."""

import time
from collections.abc import Callable, Sequence

from confsvc.domain.check_in import Act, Answer, Outcome
from confsvc.metrics import ack_sent, act_answered
from confsvc.schemas.acts import act_name

ERROR = "error"


def count_acts(acts: Sequence[Act], carry_out: Callable[[], Outcome]) -> Outcome:
    """What `carry_out` returns for these acts; what it raises is an error of each of them."""
    began = time.perf_counter()
    verdicts = [ERROR] * len(acts)
    try:
        outcome = carry_out()
        verdicts = [answer.verdict.verdict if isinstance(answer, Answer) else ERROR for answer in outcome.answers]
        return outcome
    finally:
        for act, verdict in zip(acts, verdicts, strict=True):
            act_answered(act_name(act), verdict)
        ack_sent(time.perf_counter() - began)
