"""What the example firm knows of its people beyond names: fields of its own, personas, roles in buying.

The past brings people as forms do, by name and title. What a rep would have asked on the phone is put beside it in
three statements at the end, so that the lived year costs no more.
"""

from leadwright.kit import clock, database, sql
from leadwright.main.demo.made import Made
from leadwright.profile.fields import definitions
from leadwright.profile.models import CustomField

SQL = sql.load("details")
FIELDS = (
    ("contact", "Machines", "number", "Site", "How many machines shall be measured.", ()),
    ("contact", "Reads the meter", "choice", "Site", "Who does it today.", ("Nobody", "By hand", "Another system")),
    ("contact", "Next audit on", "date", "Site", "When the energy audit is due.", ()),
    ("company", "Yearly power bill", "money", "Energy", "What the firm pays for power a year.", ()),
    ("company", "Standards", "choices", "Energy", "What the firm is certified by.", ("ISO 50001", "ISO 14001", "EMAS")),
)


def define(made: Made) -> None:
    """The firm's own fields; what is there already is left alone."""
    for of, label, kind, group, help_, options in FIELDS:
        if not CustomField.objects.filter(of=of, label=label).exists():
            made.note(definitions.make(of, label, kind, options=options, group=group, help=help_))


def fill() -> None:
    """Personas and roles by title, and what was asked on the phone, for all people of the market at once."""
    given = {"now": clock.now(), "today": clock.now().date()}
    database.execute(SQL["personas"], now=given["now"])
    database.execute(SQL["answers"], **given)
    database.execute(SQL["firms"], now=given["now"])
