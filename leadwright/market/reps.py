"""How a rep's calls end, by who is on the other side. Pure: decides, does nothing.

The same person answers the same call the same way, whenever the year is lived again.
"""

from dataclasses import dataclass
from datetime import timedelta
from random import Random

from leadwright.market.people import Person

LOST = ("Chose a competitor", "No budget", "No decision", "Price")
NOT_NOW = ("Not now", "No budget this year", "Has a solution already")


@dataclass(frozen=True)
class Ending:
    """What came of a task: its outcome, what the rep writes down, where the lead goes, and when it goes on."""

    outcome: str
    note: str = ""
    stage: str = ""
    again_after: timedelta | None = None
    value: int | None = None
    reason: str = ""  # of a lead that is lost


SERVED = Ending("not_interested", "A customer already, and content.")


def answers_after(number: int) -> timedelta:
    """How long a rep takes for a task; most within half an hour, some are forgotten for half a day."""
    chance = Random(f"rep {number}")
    if chance.random() < 0.1:
        return timedelta(minutes=chance.uniform(120, 300))
    return timedelta(minutes=3 + chance.expovariate(1 / 13))


def worth(person: Person) -> int:
    """What the firm would pay in a year."""
    return (190 if person.firm.size < 50 else 420) * 12 * (1 if person.firm.size < 200 else 2)


def ending(person: Person, kind: str, stage: str, number: int) -> Ending:  # noqa: PLR0911  one a stage
    """What comes of a task with this person while the lead stands in a stage."""
    chance = person.chance(f"task {number}")
    likes = person.interest * (0.4 if person.persona == "other" else 1)
    if stage in ("new", "mql", ""):
        return _first_talk(person, likes, chance)
    if stage == "sal":
        return _second_talk(likes, chance)
    if stage == "sql":
        if chance.random() < 0.3 + likes * 0.6:
            weeks = timedelta(days=chance.uniform(8, 26))
            return Ending("call_back", "Wants an offer for the board.", "opportunity", weeks, worth(person))
        return Ending("not_interested", chance.choice(NOT_NOW))
    if stage == "opportunity":
        if chance.random() < 0.25 + likes * 0.75:
            return Ending("done", "Signed. Installation next month.", "won", value=worth(person))
        return Ending("done", "Went with what they have.", "lost", reason=chance.choice(LOST))
    return Ending("done")


def _first_talk(person: Person, likes: float, chance: Random) -> Ending:
    if chance.random() < 0.2:
        return Ending("no_answer")
    if person.persona == "other" and chance.random() < 0.7:
        return Ending("not_interested", "Does not buy; wanted to read.")
    luck = chance.random()
    if luck < 0.16 + likes * 0.7:
        return Ending("meeting", "Showed the hall of a firm like theirs.", again_after=timedelta(days=3 + luck * 9))
    if luck < 0.5 + likes * 0.4:
        return Ending("reached", "Curious, no project yet.", again_after=timedelta(days=9 + luck * 20))
    return Ending("not_interested", chance.choice(NOT_NOW))


def _second_talk(likes: float, chance: Random) -> Ending:
    if chance.random() < 0.15:
        return Ending("no_answer")
    if chance.random() < 0.2 + likes * 0.8:
        return Ending("meeting", "Now they have a date for the audit.", again_after=timedelta(days=4))
    return Ending("not_interested", chance.choice(NOT_NOW))
