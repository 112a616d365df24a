"""The editor of a journey: fields whose blocks are the registered kinds of steps and triggers."""

from collections.abc import Callable, Iterable
from typing import Any

from django.core.exceptions import ValidationError
from django.utils.functional import cached_property
from wagtail.blocks import ChoiceBlock, StreamBlock
from wagtail.fields import StreamField

from leadwright.kit.registries import JOURNEY_STEPS, JOURNEY_TRIGGERS

DEEPEST = 3  # branches within branches


def steps_block(depth: int = DEEPEST, **options: Any) -> StreamBlock:
    """A stream of all kinds of steps; branches may nest `depth` deep."""
    kinds = [(key, kind.block(depth)) for key, kind in JOURNEY_STEPS.items() if depth or not kind.branches]
    return StreamBlock(kinds, required=False, **options)


class KindsField(StreamField):
    """A StreamField whose blocks are asked for on first use, when all kinds are registered; migrations ignore them."""

    def __init__(self, block_types: Any = (), **options: Any) -> None:
        super().__init__([], **options)

    def build(self) -> StreamBlock:
        """The blocks."""
        raise NotImplementedError

    @cached_property
    def stream_block(self) -> StreamBlock:
        """The blocks with the field's own options."""
        block = self.build()
        block.set_meta_options(self.block_opts)
        return block

    def deconstruct(self) -> tuple[str, str, list[Any], dict[str, Any]]:
        """As any JSON field: what a kind asks for is no matter of the schema."""
        name, path, _, options = super().deconstruct()
        options.pop("block_lookup", None)
        return name, path, [], options


class StepsField(KindsField):
    """The steps, from top to bottom."""

    def build(self) -> StreamBlock:
        """All kinds of steps."""
        return steps_block()


class TriggerField(KindsField):
    """The one trigger."""

    def build(self) -> StreamBlock:
        """All kinds of triggers, of which one is chosen."""
        return StreamBlock([(key, kind.block()) for key, kind in JOURNEY_TRIGGERS.items()], required=False, max_num=1)


class RowBlock(ChoiceBlock):
    """A choice among records, kept as the record's key; `find` answers (key, name) pairs when the form is drawn."""

    def __init__(self, find: Callable[[], Iterable[tuple[Any, str]]], **options: Any) -> None:
        self.find = find
        super().__init__(choices=lambda: [(str(key), name) for key, name in find()], **options)

    def name_of(self, key: Any) -> str:
        """The record's name, or words that say that it is gone."""
        return dict(self.get_choices()).get(str(key), "something that is gone")

    def get_choices(self) -> list[tuple[str, str]]:
        """Key and name of every record there is now."""
        return [(str(key), name) for key, name in self.find()]

    def clean(self, value: Any) -> Any:
        """Refuse what no record has."""
        value = super().clean(value)
        if value and value not in dict(self.get_choices()):
            raise ValidationError("This one is gone; choose another.")
        return value
