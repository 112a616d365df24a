"""What a rule of the house says of the past: judged in chunks behind the request that made it, and taken back so.

Each chunk commits with the rule's checkpoint, so that a kill costs one chunk, and nobody waits long for the log.
"""

import uuid
from datetime import timedelta

from leadwright.capture import judging, verdicts
from leadwright.capture.models import HouseRule
from leadwright.kit import database, sql

SQL = sql.load("house_rules")
HITS = 20_000  # of a chunk
ACTS = 5_000  # of a chunk that is taken back
HITS_KEPT = timedelta(days=30)
NOBODY = uuid.UUID(int=0)


def settle() -> None:
    """Work off the past of all rules that were made or ended."""
    while rule := HouseRule.objects.filter(is_settled=False).order_by("pk").first():
        if rule.ended_at:
            _take_back(rule)
        else:
            _judge(rule)


def _judge(rule: HouseRule) -> None:
    """Judge the hits that are kept by a rule; goes on where it was left, and ends where the rule ends."""
    while _judge_chunk(rule.pk):
        pass


def _judge_chunk(rule_id: int) -> bool:
    with database.atomic():
        rule = HouseRule.objects.select_for_update().get(pk=rule_id)
        if rule.ended_at or rule.is_settled:
            return False
        if rule.past_to is None:
            database.rows(SQL["wait"], reader=judging.READER)
            past = database.row(SQL["past"])
            rule.past_to, rule.past_total, rule.past_done = past.last, past.last - past.first + 1, 0
            rule.save()
            return True
        after = rule.past_to - rule.past_total + rule.past_done
        upto = min(after + HITS, rule.past_to)
        verdicts.decide(
            "by_rule",
            SQL["of_agent" if rule.kind == HouseRule.Kind.AGENT else "of_network"],
            human=verdicts.SAYS_PERSON if rule.is_person else verdicts.SAYS_MACHINE,
            rule=rule.pk,
            pattern=rule.pattern,
            since=rule.made_at - HITS_KEPT,
            after=after,
            upto=upto,
        )
        rule.past_done += upto - after
        rule.is_settled = upto >= rule.past_to
        rule.save()
        return not rule.is_settled


def _take_back(rule: HouseRule) -> None:
    """Take back what a rule that has ended decided about the past; where another one speaks, that one's word holds."""
    after = NOBODY
    if not rule.past_total:
        rule.past_total = database.value(SQL["count_of_rule"], rule=rule.pk)
    while True:
        with database.atomic():
            found = database.rows(SQL["of_rule"], rule=rule.pk, after=after, limit=ACTS)
            if found:
                keys, ats = zip(*found, strict=True)
                verdicts.decide(
                    "by_rule",
                    SQL["others"],
                    ids=list(keys),
                    ats=list(ats),
                    person=verdicts.SAYS_PERSON,
                    machine=verdicts.SAYS_MACHINE,
                    kept=HITS_KEPT,
                )
            rule.past_done += len(found)
            rule.is_settled = len(found) < ACTS
            rule.save()
        if rule.is_settled:
            return
        after = found[-1].activity_id
