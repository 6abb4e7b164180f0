"""The states of a conference and the steps between them."""

from confsvc.domain.errors import WrongState

# step → the states it leaves from, the state it leads to
STEPS: dict[str, tuple[tuple[str, ...], str]] = {
    "publish": (("draft",), "published"),
    "start": (("published",), "in_progress"),
    "close": (("in_progress",), "closed"),
    "postpone": (("published", "in_progress"), "postponed"),
    "resume": (("postponed",), "published"),
    "cancel": (("draft", "published", "postponed"), "cancelled"),
}
# What a rehearsal tries out. It is in progress from the beginning, and nobody is to hear that it was put off.
REHEARSED_STEPS = ("close",)


def allowed_steps(state: str, *, rehearsal: bool = False) -> list[str]:
    """The steps that may be taken from `state`, in the order of a conference's life."""
    return [step for step, (origins, _) in STEPS.items() if state in origins and (not rehearsal or step in REHEARSED_STEPS)]


def state_after(state: str, step: str, *, rehearsal: bool = False) -> str:
    """The state `step` leads to from `state`; raises WrongState for a step that is not allowed there or unknown."""
    if step not in allowed_steps(state, rehearsal=rehearsal):
        raise WrongState(state="rehearsal" if rehearsal else state, step=step)
    return STEPS[step][1]
