"""The kinds of conditions: one small file each, registered by itself. Copy one to make another.

Importing this package fills `kit.registries.CONDITIONS`.
"""

from leadwright.qualify.conditions import (
    activity,
    company_field,
    consent,
    contact_field,
    first_touch,
    in_segment,
    lead_stage,
    mail_domain,
    score,
    suppression,
)
from leadwright.qualify.conditions.base import (
    Act,
    BadCondition,
    Condition,
    Facts,
    Parameters,
    Setting,
    Settings,
)

__all__ = [
    "Act",
    "BadCondition",
    "Condition",
    "Facts",
    "Parameters",
    "Setting",
    "Settings",
    "activity",
    "company_field",
    "consent",
    "contact_field",
    "first_touch",
    "in_segment",
    "lead_stage",
    "mail_domain",
    "score",
    "suppression",
]
