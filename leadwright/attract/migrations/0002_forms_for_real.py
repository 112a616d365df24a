"""Forms with all kinds of questions, conditions, variants and rules; limits on links to resources."""

import django.core.validators
import django.db.models.deletion
import modelcluster.fields
import wagtail.fields
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    """More columns, and variants."""

    dependencies = [
        ("attract", "0001_initial"),
        ("wagtaildocs", "0014_alter_document_file_size"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddField(
            model_name="form",
            name="allowed_origins",
            field=models.TextField(
                blank=True,
                help_text="Such as https://www.firm.example, one a line. Your own site always may.",
                verbose_name="sites that show it",
            ),
        ),
        migrations.AddField(
            model_name="form",
            name="checks_domain",
            field=models.BooleanField(
                default=False,
                help_text="Refuse addresses whose domain takes no mail (asks DNS).",
                verbose_name="ask the address's domain",
            ),
        ),
        migrations.AddField(
            model_name="form",
            name="country",
            field=models.CharField(
                blank=True,
                help_text="Two letters; for numbers without +49.",
                max_length=2,
                verbose_name="country of phone numbers",
            ),
        ),
        migrations.AddField(
            model_name="form",
            name="disposable_mail",
            field=models.CharField(
                choices=[
                    ("allow", "Take it"),
                    ("warn", "Ask once whether it is meant"),
                    ("refuse", "Ask for another address"),
                ],
                default="allow",
                help_text="From services that give an address for ten minutes.",
                max_length=10,
                verbose_name="throw-away addresses",
            ),
        ),
        migrations.AddField(
            model_name="form",
            name="free_mail",
            field=models.CharField(
                choices=[
                    ("allow", "Take it"),
                    ("warn", "Ask once whether it is meant"),
                    ("refuse", "Ask for another address"),
                ],
                default="allow",
                help_text="Such as name@gmail.com, which tells no company.",
                max_length=10,
                verbose_name="private addresses",
            ),
        ),
        migrations.AddField(
            model_name="form",
            name="guard",
            field=models.CharField(
                choices=[
                    ("off", "Keep nothing aside but filled traps"),
                    ("normal", "Keep aside what several signs speak against"),
                    ("strict", "Keep aside whatever no browser has vouched for"),
                ],
                default="normal",
                max_length=10,
                verbose_name="against spam",
            ),
        ),
        migrations.AddField(
            model_name="form",
            name="mail_complaint",
            field=models.CharField(
                blank=True,
                help_text="Empty: “Please use your address at work.”",
                max_length=200,
                verbose_name="what to say then",
            ),
        ),
        migrations.AddField(
            model_name="form",
            name="most_unknown",
            field=models.PositiveSmallIntegerField(
                blank=True,
                help_text="So many of the questions that are left out once they are answered, at a time; empty: all.",
                null=True,
                verbose_name="at most",
            ),
        ),
        migrations.AddField(
            model_name="form",
            name="notify",
            field=modelcluster.fields.ParentalManyToManyField(
                blank=True,
                help_text="Who gets a mail about each submission, besides whoever the lead is given to.",
                related_name="+",
                to=settings.AUTH_USER_MODEL,
                verbose_name="tell",
            ),
        ),
        migrations.AddField(
            model_name="form",
            name="own_weight",
            field=models.PositiveSmallIntegerField(
                default=1,
                help_text="Beside the weights of its variants.",
                verbose_name="weight of the form as it stands",
            ),
        ),
        migrations.AddField(
            model_name="form",
            name="redirect_url",
            field=models.URLField(
                blank=True,
                help_text="An address elsewhere, where there is no thanks page.",
                max_length=1000,
                verbose_name="or lead to",
            ),
        ),
        migrations.AddField(
            model_name="form",
            name="resource",
            field=models.ForeignKey(
                blank=True,
                help_text="Whoever sends it gets this file, wherever the form stands.",
                null=True,
                on_delete=django.db.models.deletion.SET_NULL,
                related_name="+",
                to="attract.resourcepage",
                verbose_name="gives",
            ),
        ),
        migrations.AddField(
            model_name="formfield",
            name="asked",
            field=models.CharField(
                choices=[("always", "Always"), ("unknown", "Until it is answered")],
                default="always",
                help_text="“Until it is answered” leaves it out for whoever has told it already. The address is always asked.",
                max_length=10,
            ),
        ),
        migrations.AddField(
            model_name="formfield",
            name="begins_step",
            field=models.CharField(
                blank=True,
                help_text="Title of a new step of the form that begins here.",
                max_length=60,
                verbose_name="begins the step",
            ),
        ),
        migrations.AddField(
            model_name="formfield",
            name="complaint",
            field=models.CharField(
                blank=True,
                help_text="Empty: a sentence of ours.",
                max_length=200,
                verbose_name="what to say if it does not fit",
            ),
        ),
        migrations.AddField(
            model_name="formfield",
            name="default",
            field=models.CharField(
                blank=True,
                help_text="What stands there before somebody writes.",
                max_length=250,
                verbose_name="filled in with",
            ),
        ),
        migrations.AddField(
            model_name="formfield",
            name="file_types",
            field=models.CharField(
                blank=True, help_text="Such as pdf docx png; empty: usual documents and pictures.", max_length=120
            ),
        ),
        migrations.AddField(
            model_name="formfield",
            name="help",
            field=models.CharField(
                blank=True, help_text="A sentence below the question.", max_length=250, verbose_name="help"
            ),
        ),
        migrations.AddField(
            model_name="formfield",
            name="increment",
            field=models.CharField(
                blank=True, help_text="Of numbers; empty: any.", max_length=40, verbose_name="in steps of"
            ),
        ),
        migrations.AddField(
            model_name="formfield",
            name="longest",
            field=models.PositiveIntegerField(blank=True, null=True, verbose_name="at most so many characters"),
        ),
        migrations.AddField(
            model_name="formfield",
            name="maximum",
            field=models.CharField(
                blank=True, help_text="Largest number, last day, highest rating.", max_length=40, verbose_name="to"
            ),
        ),
        migrations.AddField(
            model_name="formfield",
            name="minimum",
            field=models.CharField(
                blank=True,
                help_text="Smallest number, first day (2026-01-31) or lowest rating.",
                max_length=40,
                verbose_name="from",
            ),
        ),
        migrations.AddField(
            model_name="formfield",
            name="most_megabytes",
            field=models.PositiveSmallIntegerField(default=5, verbose_name="at most so many MB"),
        ),
        migrations.AddField(
            model_name="formfield",
            name="pattern",
            field=models.CharField(blank=True, help_text="A regular expression for the whole answer.", max_length=200),
        ),
        migrations.AddField(
            model_name="formfield",
            name="purpose",
            field=models.CharField(blank=True, help_text="Of a consent: the key of its purpose.", max_length=40),
        ),
        migrations.AddField(
            model_name="formfield",
            name="shortest",
            field=models.PositiveIntegerField(blank=True, null=True, verbose_name="at least so many characters"),
        ),
        migrations.AddField(
            model_name="formfield",
            name="show_if_any",
            field=models.BooleanField(default=False, verbose_name="one of these is enough"),
        ),
        migrations.AddField(
            model_name="formfield",
            name="show_when",
            field=wagtail.fields.StreamField(
                [("condition", 3)],
                blank=True,
                block_lookup={
                    0: (
                        "wagtail.blocks.RegexBlock",
                        ("^[a-z][a-z0-9_]*$",),
                        {"help_text": "The name of a question above this one.", "label": "question"},
                    ),
                    1: (
                        "wagtail.blocks.ChoiceBlock",
                        [],
                        {
                            "choices": [
                                ("is", "is"),
                                ("is_not", "is not"),
                                ("contains", "contains"),
                                ("contains_not", "does not contain"),
                                ("is_set", "is filled in"),
                                ("is_empty", "is empty"),
                                ("more_than", "is more than"),
                                ("less_than", "is less than"),
                            ]
                        },
                    ),
                    2: (
                        "wagtail.blocks.CharBlock",
                        (),
                        {
                            "help_text": "Not needed for “is filled in” and “is empty”.",
                            "max_length": 250,
                            "required": False,
                        },
                    ),
                    3: ("wagtail.blocks.StructBlock", [[("question", 0), ("relation", 1), ("value", 2)]], {}),
                },
                help_text="Asked only where this holds; empty: always.",
            ),
        ),
        migrations.AddField(
            model_name="formfield",
            name="wording",
            field=models.TextField(blank=True, help_text="Of a consent: the exact words beside the tick box."),
        ),
        migrations.AddField(
            model_name="resourcepage",
            name="most_downloads",
            field=models.PositiveSmallIntegerField(
                blank=True, help_text="Empty: as many as somebody likes.", null=True, verbose_name="downloads per link"
            ),
        ),
        migrations.AddField(
            model_name="resourcepage",
            name="open_days",
            field=models.PositiveSmallIntegerField(
                default=7,
                validators=[django.core.validators.MinValueValidator(1), django.core.validators.MaxValueValidator(365)],
                verbose_name="days that a link works",
            ),
        ),
        migrations.AlterField(
            model_name="formfield",
            name="kind",
            field=models.CharField(
                choices=[
                    ("text", "One line"),
                    ("long_text", "Several lines"),
                    ("email", "E-mail address"),
                    ("phone", "Phone number"),
                    ("number", "Number"),
                    ("date", "Day"),
                    ("time", "Time of day"),
                    ("url", "Web address"),
                    ("choice", "Choice from a list that opens"),
                    ("radio", "Choice, all in sight"),
                    ("choices", "Several choices"),
                    ("country", "Country"),
                    ("rating", "Rating on a scale"),
                    ("checkbox", "Tick box"),
                    ("consent", "Consent"),
                    ("file", "File"),
                    ("hidden", "Hidden, with a fixed value"),
                ],
                default="text",
                max_length=20,
            ),
        ),
        migrations.AlterField(
            model_name="formfield",
            name="options",
            field=models.TextField(
                blank=True, help_text="One choice a line. Of a rating: the words at its low and at its high end."
            ),
        ),
        migrations.AlterField(
            model_name="resourcepage",
            name="document",
            field=models.ForeignKey(
                blank=True,
                help_text="The file. It is handed out only through a link that the form answers with.",
                null=True,
                on_delete=django.db.models.deletion.SET_NULL,
                related_name="+",
                to="wagtaildocs.document",
            ),
        ),
        migrations.CreateModel(
            name="FormVariant",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("sort_order", models.IntegerField(blank=True, editable=False, null=True)),
                (
                    "code",
                    models.CharField(
                        help_text="Short, such as short or no-phone.",
                        max_length=20,
                        validators=[
                            django.core.validators.RegexValidator(
                                "^[a-z0-9]+(?:-[a-z0-9]+)*$", "Use small letters, digits and single hyphens."
                            )
                        ],
                        verbose_name="name",
                    ),
                ),
                (
                    "weight",
                    models.PositiveSmallIntegerField(
                        default=1, help_text="Its share beside the other weights; 0 rests."
                    ),
                ),
                ("button", models.CharField(blank=True, help_text="Empty: as in the form.", max_length=40)),
                (
                    "leaves_out",
                    models.CharField(
                        blank=True,
                        help_text="Names of questions that it does not ask, with spaces between.",
                        max_length=250,
                    ),
                ),
                (
                    "form",
                    modelcluster.fields.ParentalKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="variants", to="attract.form"
                    ),
                ),
            ],
            options={
                "ordering": ["sort_order"],
                "abstract": False,
                "constraints": [models.UniqueConstraint(fields=("form", "code"), name="form_variant_code_once")],
            },
        ),
    ]
