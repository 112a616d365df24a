"""Forms of leads, segments and scores."""

from typing import Any

from django import forms

from leadwright.qualify import leads, rules
from leadwright.qualify.models import Lead, Reason, ScoreModel, ScoreRule, Segment, Stage
from leadwright.workspace.models import User


class MoveForm(forms.Form):
    """Where a lead goes, and why."""

    to = forms.ChoiceField(label="To", choices=[])
    reason_id = forms.ModelChoiceField(
        label="Reason",
        queryset=Reason.objects.none(),
        required=False,
        help_text="Lost, disqualified and recycled need one.",
    )
    note = forms.CharField(label="Note", required=False, max_length=160)
    value = forms.DecimalField(label="Value", required=False, min_value=0, max_digits=14, decimal_places=2)

    def __init__(self, *given: Any, stage: str = "", **named: Any) -> None:
        super().__init__(*given, **named)
        leads.ensure_reasons()
        labels = dict(Stage.choices)
        targets = rules.targets_of(stage) if stage else list(rules.STAGES)
        field = self.fields["to"]
        assert isinstance(field, forms.ChoiceField)  # noqa: S101
        field.choices = [(to, labels[to]) for to in targets]
        reasons = self.fields["reason_id"]
        assert isinstance(reasons, forms.ModelChoiceField)  # noqa: S101
        reasons.queryset = Reason.objects.filter(is_active=True).order_by("stage", "label")
        reasons.label_from_instance = lambda reason: f"{reason.get_stage_display()}: {reason.label}"  # type: ignore[method-assign, assignment]

    def clean(self) -> dict[str, Any]:
        """A reason of the very stage, where the stage needs one."""
        found = super().clean() or {}
        to, reason = found.get("to"), found.get("reason_id")
        if to in rules.NEEDS_REASON and (reason is None or reason.stage != to):
            self.add_error("reason_id", f"Choose one of the reasons for “{Stage(to).label}”.")
        return found


class LeadForm(forms.ModelForm[Lead]):
    """What a user may change on a lead besides its stage."""

    class Meta:
        model = Lead
        fields = ("interest", "value", "owner")

    def __init__(self, *given: Any, **named: Any) -> None:
        super().__init__(*given, **named)
        owner = self.fields["owner"]
        assert isinstance(owner, forms.ModelChoiceField)  # noqa: S101
        owner.queryset = User.objects.filter(is_active=True)
        owner.empty_label = "Nobody yet"


class GiveForm(forms.Form):
    """Whom a set of leads is given to."""

    owner = forms.ModelChoiceField(queryset=User.objects.filter(is_active=True), required=False, empty_label="Nobody")


class SegmentForm(forms.ModelForm[Segment]):
    """Name and purpose of a segment; its conditions come from the builder."""

    class Meta:
        model = Segment
        fields = ("name", "description", "is_active")
        labels = {"is_active": "Follows changes", "description": "What it is for"}  # noqa: RUF012


class ThresholdForm(forms.ModelForm[ScoreModel]):
    """Half-life and thresholds."""

    class Meta:
        model = ScoreModel
        fields = ("fit_threshold", "engagement_threshold", "half_life_days")
        labels = {"half_life_days": "Half-life in days"}  # noqa: RUF012
        help_texts = {"half_life_days": "After so many days, points for what somebody did are worth half."}  # noqa: RUF012

    engagement_threshold = forms.IntegerField(min_value=1, max_value=100_000)
    half_life_days = forms.FloatField(min_value=1, max_value=3650, label="Half-life in days")


class RuleForm(forms.ModelForm[ScoreRule]):
    """A score rule: what somebody did, or for fit only its name and points, since the builder says who gets them."""

    class Meta:
        model = ScoreRule
        fields = ("name", "points", "activity_kind", "activity_name", "cap", "is_active")
        labels = {  # noqa: RUF012
            "activity_kind": "What they did",
            "activity_name": "Its name or page",
            "cap": "At most so many times per half-life",
            "is_active": "Gives points",
        }

    activity_kind = forms.ChoiceField(label="What they did", required=False)

    def __init__(self, *given: Any, **named: Any) -> None:
        super().__init__(*given, **named)
        from leadwright.qualify.conditions.activity import kinds

        if self.instance.kind == ScoreRule.Kind.FIT:
            for name in ("activity_kind", "activity_name", "cap"):
                del self.fields[name]
            return
        field = self.fields["activity_kind"]
        assert isinstance(field, forms.ChoiceField)  # noqa: S101
        field.choices = [("", "–"), *kinds()]
