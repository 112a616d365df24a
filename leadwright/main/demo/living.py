"""Whether the example firm is to be made, and its market while it lives on."""

import asyncio
import time
from datetime import datetime
from enum import StrEnum

import structlog

from leadwright.kit import clock, config, terminal
from leadwright.main.demo import past
from leadwright.market import people
from leadwright.market.streets import Street
from leadwright.profile.models import Contact
from leadwright.workspace import keys
from leadwright.workspace.models import User, Workspace

log = structlog.get_logger()

KEY = "The example firm's market"
PAUSE = 3.0
LOOK_AFTER = 20  # steps


class State(StrEnum):
    """How an installation stands to the example firm."""

    EMPTY = "empty"  # may be filled
    OWN = "own"  # has contacts, and no example firm
    BROKEN_OFF = "broken off"  # its past was being lived when the process died
    LIVING = "living"


def state() -> State:
    """How this installation stands to the example firm."""
    demo = (Workspace.objects.first() or Workspace()).demo
    if demo.get("past", {}).get("done"):
        return State.LIVING
    if demo.get("past"):
        return State.BROKEN_OFF
    if not demo.get("made") and Contact.objects.exists():
        return State.OWN
    return State.EMPTY


def call_past() -> None:
    """Where the past of the example firm was broken off, and nobody can be living it any more, go on from there."""
    if state() is State.BROKEN_OFF:
        month = go_on()
        terminal.say(
            f"The example firm's past was broken off in {month}; it goes on from there. For a whole year: stop, "
            "`leadwright demo remove`, and `leadwright up --demo` again."
        )


def go_on() -> str:
    """Call a past that was broken off as far as it came the past; answers the month it came to."""
    past.forget_key(past.KEY)
    workspace = Workspace.objects.get()
    month = str(workspace.demo["past"].get("month", ""))
    workspace.demo["past"] |= {"done": True, "broken_off": month}
    workspace.save(update_fields=["demo"])
    return month


def live() -> None:
    """Be the market in front of this installation until the example firm is removed, or for ever."""
    past.forget_key(KEY)
    _, secret = keys.create("write", KEY)
    reps = User.objects.filter(is_demo=True, takes_leads=True).values_list("pk", flat=True)
    street = Street(config.base_url(), secret, past.SEED, past.efforts(clock.now().date()), list(reps))
    _return(street)
    loop = asyncio.new_event_loop()
    try:
        for number in range(10**9):
            if number % LOOK_AFTER == 0 and state() is not State.LIVING:
                return
            loop.run_until_complete(street.step(clock.now()))
            if failures := street.world.tally.failures:
                log.warning("the market met failures", count=len(failures), first=failures[0])
                failures.clear()
            time.sleep(PAUSE)
    finally:
        loop.run_until_complete(street.close())
        loop.close()
        past.forget_key(KEY)


def _return(street: Street) -> None:
    """Let those in who came in the past, drawn again: they go on with their lives, read their mail and answer the
    telephone as they did."""
    lived = Workspace.objects.get().demo["past"]
    if "from" in lived:  # it was not broken off
        start = datetime.fromisoformat(lived["from"])
        ways = past.efforts(start.date())
        met = people.population(lived["seed"], lived["people"], ways, start, lived["days"])
        street.world.meet(met, ways, since=clock.now())
