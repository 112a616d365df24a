"""Blocks, offers and looks of the public site."""

import django.db.models.deletion
import modelcluster.fields
import wagtail.fields
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("attract", "0001_initial"),
        ("wagtailcore", "0098_apitoken"),
        ("wagtaildocs", "0014_alter_document_file_size"),
        ("wagtailimages", "0027_image_description"),
        migrations.swappable_dependency(settings.WAGTAIL_PAGE_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="Appearance",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "look",
                    models.CharField(
                        choices=[
                            ("harbour", "Harbour (blue)"),
                            ("forest", "Forest (green)"),
                            ("copper", "Copper (warm)"),
                            ("plum", "Plum (violet)"),
                            ("graphite", "Graphite (grey)"),
                        ],
                        default="harbour",
                        max_length=12,
                    ),
                ),
                (
                    "tagline",
                    models.CharField(
                        blank=True, help_text="One sentence in the footer: what the firm does.", max_length=160
                    ),
                ),
                (
                    "button_label",
                    models.CharField(blank=True, help_text="The button at the top right of every page.", max_length=30),
                ),
                (
                    "contact_line",
                    models.CharField(blank=True, help_text="Telephone and address, in the footer.", max_length=160),
                ),
            ],
            options={
                "verbose_name": "site's appearance",
            },
        ),
        migrations.CreateModel(
            name="PlainPage",
            fields=[
                (
                    "page_ptr",
                    models.OneToOneField(
                        auto_created=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        parent_link=True,
                        primary_key=True,
                        serialize=False,
                        to=settings.WAGTAIL_PAGE_MODEL,
                    ),
                ),
                (
                    "buying_stage",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("awareness", "Awareness"),
                            ("consideration", "Consideration"),
                            ("decision", "Decision"),
                        ],
                        max_length=20,
                    ),
                ),
                (
                    "canonical",
                    models.URLField(
                        blank=True, help_text="Only if this text first appeared elsewhere: the address of the original."
                    ),
                ),
                (
                    "is_hidden",
                    models.BooleanField(default=False, help_text="Search engines are asked to leave this page out."),
                ),
                ("intro", models.CharField(blank=True, max_length=250)),
                ("in_footer", models.BooleanField(default=True, verbose_name="in the footer")),
                (
                    "body",
                    wagtail.fields.StreamField(
                        [
                            ("heading", 3),
                            ("text", 4),
                            ("picture", 8),
                            ("quote", 12),
                            ("proof", 17),
                            ("button", 23),
                            ("form", 27),
                            ("firms", 29),
                            ("cards", 34),
                            ("questions", 38),
                            ("columns", 42),
                            ("download", 45),
                        ],
                        blank=True,
                        block_lookup={
                            0: ("wagtail.blocks.CharBlock", (), {"max_length": 160}),
                            1: (
                                "wagtail.blocks.CharBlock",
                                (),
                                {
                                    "help_text": "A few words above the heading, such as a theme.",
                                    "max_length": 60,
                                    "required": False,
                                },
                            ),
                            2: (
                                "wagtail.blocks.RegexBlock",
                                ("^[a-z][a-z0-9-]*$",),
                                {
                                    "error_messages": {
                                        "invalid": "Use small letters, digits and hyphens, and begin with a letter."
                                    },
                                    "help_text": "So that #anchor in a link leads here.",
                                    "required": False,
                                },
                            ),
                            3: ("wagtail.blocks.StructBlock", [[("text", 0), ("above", 1), ("anchor", 2)]], {}),
                            4: ("leadwright.attract.blocks.Text", (), {}),
                            5: ("wagtail.images.blocks.ImageBlock", [], {}),
                            6: ("wagtail.blocks.CharBlock", (), {"max_length": 250, "required": False}),
                            7: (
                                "wagtail.blocks.ChoiceBlock",
                                [],
                                {"choices": [("text", "As wide as the text"), ("wide", "Wider than the text")]},
                            ),
                            8: ("wagtail.blocks.StructBlock", [[("image", 5), ("caption", 6), ("width", 7)]], {}),
                            9: ("wagtail.blocks.TextBlock", (), {"rows": 3}),
                            10: ("wagtail.blocks.CharBlock", (), {"max_length": 120}),
                            11: (
                                "wagtail.blocks.CharBlock",
                                (),
                                {"help_text": "Job title and firm.", "max_length": 160, "required": False},
                            ),
                            12: ("wagtail.blocks.StructBlock", [[("text", 9), ("person", 10), ("role", 11)]], {}),
                            13: ("wagtail.blocks.CharBlock", (), {"max_length": 20}),
                            14: ("wagtail.blocks.StructBlock", [[("number", 13), ("says", 10)]], {}),
                            15: ("wagtail.blocks.ListBlock", (14,), {"max_num": 4, "min_num": 1}),
                            16: (
                                "wagtail.blocks.CharBlock",
                                (),
                                {"help_text": "Where the numbers come from.", "max_length": 200, "required": False},
                            ),
                            17: ("wagtail.blocks.StructBlock", [[("figures", 15), ("source", 16)]], {}),
                            18: ("wagtail.blocks.CharBlock", (), {"max_length": 60}),
                            19: ("wagtail.blocks.PageChooserBlock", (), {"required": False}),
                            20: (
                                "wagtail.blocks.CharBlock",
                                (),
                                {
                                    "help_text": "https://… , mailto:… , tel:… or #anchor, where it is not one of your pages.",
                                    "label": "or address",
                                    "max_length": 500,
                                    "required": False,
                                },
                            ),
                            21: (
                                "wagtail.blocks.CharBlock",
                                (),
                                {"help_text": "A sentence beside the button.", "max_length": 160, "required": False},
                            ),
                            22: (
                                "wagtail.blocks.BooleanBlock",
                                (),
                                {"default": True, "help_text": "The one action that matters here.", "required": False},
                            ),
                            23: (
                                "wagtail.blocks.StructBlock",
                                [[("label", 18), ("page", 19), ("url", 20), ("says", 21), ("strong", 22)]],
                                {},
                            ),
                            24: ("wagtail.snippets.blocks.SnippetChooserBlock", ("attract.Form",), {}),
                            25: ("wagtail.blocks.CharBlock", (), {"max_length": 120, "required": False}),
                            26: ("wagtail.blocks.CharBlock", (), {"max_length": 300, "required": False}),
                            27: ("wagtail.blocks.StructBlock", [[("form", 24), ("title", 25), ("text", 26)]], {}),
                            28: ("wagtail.blocks.ListBlock", (18,), {"max_num": 8, "min_num": 2}),
                            29: ("wagtail.blocks.StructBlock", [[("intro", 25), ("names", 28)]], {}),
                            30: ("wagtail.blocks.CharBlock", (), {"max_length": 100}),
                            31: ("wagtail.blocks.StructBlock", [[("title", 30), ("text", 9), ("page", 19)]], {}),
                            32: ("wagtail.blocks.ListBlock", (31,), {"max_num": 6, "min_num": 2}),
                            33: (
                                "wagtail.blocks.BooleanBlock",
                                (),
                                {"help_text": "They are steps, one after another.", "required": False},
                            ),
                            34: ("wagtail.blocks.StructBlock", [[("cards", 32), ("numbered", 33)]], {}),
                            35: (
                                "wagtail.blocks.RichTextBlock",
                                (),
                                {"features": ["bold", "italic", "link", "document-link", "ol", "ul", "h3", "h4", "hr"]},
                            ),
                            36: ("wagtail.blocks.StructBlock", [[("question", 0), ("answer", 35)]], {}),
                            37: ("wagtail.blocks.ListBlock", (36,), {"min_num": 1}),
                            38: ("wagtail.blocks.StructBlock", [[("answers", 37)]], {}),
                            39: (
                                "wagtail.blocks.StreamBlock",
                                [
                                    [
                                        ("heading", 3),
                                        ("text", 4),
                                        ("picture", 8),
                                        ("quote", 12),
                                        ("proof", 17),
                                        ("button", 23),
                                        ("form", 27),
                                    ]
                                ],
                                {},
                            ),
                            40: (
                                "wagtail.blocks.ChoiceBlock",
                                [],
                                {"choices": [("half", "Halves"), ("left", "Left wider"), ("right", "Right wider")]},
                            ),
                            41: (
                                "wagtail.blocks.BooleanBlock",
                                (),
                                {"help_text": "On a tinted ground.", "required": False},
                            ),
                            42: (
                                "wagtail.blocks.StructBlock",
                                [[("left", 39), ("right", 39), ("share", 40), ("ground", 41)]],
                                {},
                            ),
                            43: ("wagtail.documents.blocks.DocumentChooserBlock", (), {}),
                            44: ("wagtail.blocks.CharBlock", (), {"max_length": 80, "required": False}),
                            45: ("wagtail.blocks.StructBlock", [[("document", 43), ("label", 44)]], {}),
                        },
                    ),
                ),
            ],
            options={
                "abstract": False,
            },
            bases=("wagtailcore.page",),
        ),
        migrations.AddField(
            model_name="articleindexpage",
            name="buying_stage",
            field=models.CharField(
                blank=True,
                choices=[("awareness", "Awareness"), ("consideration", "Consideration"), ("decision", "Decision")],
                max_length=20,
            ),
        ),
        migrations.AddField(
            model_name="articleindexpage",
            name="canonical",
            field=models.URLField(
                blank=True, help_text="Only if this text first appeared elsewhere: the address of the original."
            ),
        ),
        migrations.AddField(
            model_name="articleindexpage",
            name="is_hidden",
            field=models.BooleanField(default=False, help_text="Search engines are asked to leave this page out."),
        ),
        migrations.AddField(
            model_name="articleindexpage",
            name="personas",
            field=modelcluster.fields.ParentalManyToManyField(
                blank=True, help_text="For whom it is written.", to="attract.persona"
            ),
        ),
        migrations.AddField(
            model_name="articleindexpage",
            name="social_image",
            field=models.ForeignKey(
                blank=True,
                help_text="Shown where the page is shared; 1,200 × 630 pixels look best.",
                null=True,
                on_delete=django.db.models.deletion.SET_NULL,
                related_name="+",
                to="wagtailimages.image",
            ),
        ),
        migrations.AddField(
            model_name="articlepage",
            name="author",
            field=models.CharField(blank=True, max_length=120),
        ),
        migrations.AddField(
            model_name="articlepage",
            name="body",
            field=wagtail.fields.StreamField(
                [
                    ("heading", 3),
                    ("text", 4),
                    ("picture", 8),
                    ("quote", 12),
                    ("proof", 17),
                    ("button", 23),
                    ("form", 27),
                    ("firms", 29),
                    ("cards", 34),
                    ("questions", 38),
                    ("columns", 42),
                    ("download", 45),
                ],
                blank=True,
                block_lookup={
                    0: ("wagtail.blocks.CharBlock", (), {"max_length": 160}),
                    1: (
                        "wagtail.blocks.CharBlock",
                        (),
                        {
                            "help_text": "A few words above the heading, such as a theme.",
                            "max_length": 60,
                            "required": False,
                        },
                    ),
                    2: (
                        "wagtail.blocks.RegexBlock",
                        ("^[a-z][a-z0-9-]*$",),
                        {
                            "error_messages": {
                                "invalid": "Use small letters, digits and hyphens, and begin with a letter."
                            },
                            "help_text": "So that #anchor in a link leads here.",
                            "required": False,
                        },
                    ),
                    3: ("wagtail.blocks.StructBlock", [[("text", 0), ("above", 1), ("anchor", 2)]], {}),
                    4: ("leadwright.attract.blocks.Text", (), {}),
                    5: ("wagtail.images.blocks.ImageBlock", [], {}),
                    6: ("wagtail.blocks.CharBlock", (), {"max_length": 250, "required": False}),
                    7: (
                        "wagtail.blocks.ChoiceBlock",
                        [],
                        {"choices": [("text", "As wide as the text"), ("wide", "Wider than the text")]},
                    ),
                    8: ("wagtail.blocks.StructBlock", [[("image", 5), ("caption", 6), ("width", 7)]], {}),
                    9: ("wagtail.blocks.TextBlock", (), {"rows": 3}),
                    10: ("wagtail.blocks.CharBlock", (), {"max_length": 120}),
                    11: (
                        "wagtail.blocks.CharBlock",
                        (),
                        {"help_text": "Job title and firm.", "max_length": 160, "required": False},
                    ),
                    12: ("wagtail.blocks.StructBlock", [[("text", 9), ("person", 10), ("role", 11)]], {}),
                    13: ("wagtail.blocks.CharBlock", (), {"max_length": 20}),
                    14: ("wagtail.blocks.StructBlock", [[("number", 13), ("says", 10)]], {}),
                    15: ("wagtail.blocks.ListBlock", (14,), {"max_num": 4, "min_num": 1}),
                    16: (
                        "wagtail.blocks.CharBlock",
                        (),
                        {"help_text": "Where the numbers come from.", "max_length": 200, "required": False},
                    ),
                    17: ("wagtail.blocks.StructBlock", [[("figures", 15), ("source", 16)]], {}),
                    18: ("wagtail.blocks.CharBlock", (), {"max_length": 60}),
                    19: ("wagtail.blocks.PageChooserBlock", (), {"required": False}),
                    20: (
                        "wagtail.blocks.CharBlock",
                        (),
                        {
                            "help_text": "https://… , mailto:… , tel:… or #anchor, where it is not one of your pages.",
                            "label": "or address",
                            "max_length": 500,
                            "required": False,
                        },
                    ),
                    21: (
                        "wagtail.blocks.CharBlock",
                        (),
                        {"help_text": "A sentence beside the button.", "max_length": 160, "required": False},
                    ),
                    22: (
                        "wagtail.blocks.BooleanBlock",
                        (),
                        {"default": True, "help_text": "The one action that matters here.", "required": False},
                    ),
                    23: (
                        "wagtail.blocks.StructBlock",
                        [[("label", 18), ("page", 19), ("url", 20), ("says", 21), ("strong", 22)]],
                        {},
                    ),
                    24: ("wagtail.snippets.blocks.SnippetChooserBlock", ("attract.Form",), {}),
                    25: ("wagtail.blocks.CharBlock", (), {"max_length": 120, "required": False}),
                    26: ("wagtail.blocks.CharBlock", (), {"max_length": 300, "required": False}),
                    27: ("wagtail.blocks.StructBlock", [[("form", 24), ("title", 25), ("text", 26)]], {}),
                    28: ("wagtail.blocks.ListBlock", (18,), {"max_num": 8, "min_num": 2}),
                    29: ("wagtail.blocks.StructBlock", [[("intro", 25), ("names", 28)]], {}),
                    30: ("wagtail.blocks.CharBlock", (), {"max_length": 100}),
                    31: ("wagtail.blocks.StructBlock", [[("title", 30), ("text", 9), ("page", 19)]], {}),
                    32: ("wagtail.blocks.ListBlock", (31,), {"max_num": 6, "min_num": 2}),
                    33: (
                        "wagtail.blocks.BooleanBlock",
                        (),
                        {"help_text": "They are steps, one after another.", "required": False},
                    ),
                    34: ("wagtail.blocks.StructBlock", [[("cards", 32), ("numbered", 33)]], {}),
                    35: (
                        "wagtail.blocks.RichTextBlock",
                        (),
                        {"features": ["bold", "italic", "link", "document-link", "ol", "ul", "h3", "h4", "hr"]},
                    ),
                    36: ("wagtail.blocks.StructBlock", [[("question", 0), ("answer", 35)]], {}),
                    37: ("wagtail.blocks.ListBlock", (36,), {"min_num": 1}),
                    38: ("wagtail.blocks.StructBlock", [[("answers", 37)]], {}),
                    39: (
                        "wagtail.blocks.StreamBlock",
                        [
                            [
                                ("heading", 3),
                                ("text", 4),
                                ("picture", 8),
                                ("quote", 12),
                                ("proof", 17),
                                ("button", 23),
                                ("form", 27),
                            ]
                        ],
                        {},
                    ),
                    40: (
                        "wagtail.blocks.ChoiceBlock",
                        [],
                        {"choices": [("half", "Halves"), ("left", "Left wider"), ("right", "Right wider")]},
                    ),
                    41: ("wagtail.blocks.BooleanBlock", (), {"help_text": "On a tinted ground.", "required": False}),
                    42: (
                        "wagtail.blocks.StructBlock",
                        [[("left", 39), ("right", 39), ("share", 40), ("ground", 41)]],
                        {},
                    ),
                    43: ("wagtail.documents.blocks.DocumentChooserBlock", (), {}),
                    44: ("wagtail.blocks.CharBlock", (), {"max_length": 80, "required": False}),
                    45: ("wagtail.blocks.StructBlock", [[("document", 43), ("label", 44)]], {}),
                },
            ),
        ),
        migrations.AddField(
            model_name="articlepage",
            name="buying_stage",
            field=models.CharField(
                blank=True,
                choices=[("awareness", "Awareness"), ("consideration", "Consideration"), ("decision", "Decision")],
                max_length=20,
            ),
        ),
        migrations.AddField(
            model_name="articlepage",
            name="canonical",
            field=models.URLField(
                blank=True, help_text="Only if this text first appeared elsewhere: the address of the original."
            ),
        ),
        migrations.AddField(
            model_name="articlepage",
            name="image",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.SET_NULL,
                related_name="+",
                to="wagtailimages.image",
            ),
        ),
        migrations.AddField(
            model_name="articlepage",
            name="is_hidden",
            field=models.BooleanField(default=False, help_text="Search engines are asked to leave this page out."),
        ),
        migrations.AddField(
            model_name="articlepage",
            name="personas",
            field=modelcluster.fields.ParentalManyToManyField(
                blank=True, help_text="For whom it is written.", to="attract.persona"
            ),
        ),
        migrations.AddField(
            model_name="articlepage",
            name="published_on",
            field=models.DateField(blank=True, help_text="Empty: the day it is first published.", null=True),
        ),
        migrations.AddField(
            model_name="articlepage",
            name="social_image",
            field=models.ForeignKey(
                blank=True,
                help_text="Shown where the page is shared; 1,200 × 630 pixels look best.",
                null=True,
                on_delete=django.db.models.deletion.SET_NULL,
                related_name="+",
                to="wagtailimages.image",
            ),
        ),
        migrations.AddField(
            model_name="formfield",
            name="half",
            field=models.BooleanField(
                default=False, help_text="Two such questions stand side by side.", verbose_name="half as wide"
            ),
        ),
        migrations.AddField(
            model_name="homepage",
            name="body",
            field=wagtail.fields.StreamField(
                [
                    ("heading", 3),
                    ("text", 4),
                    ("picture", 8),
                    ("quote", 12),
                    ("proof", 17),
                    ("button", 23),
                    ("form", 27),
                    ("firms", 29),
                    ("cards", 34),
                    ("questions", 38),
                    ("columns", 42),
                    ("download", 45),
                ],
                blank=True,
                block_lookup={
                    0: ("wagtail.blocks.CharBlock", (), {"max_length": 160}),
                    1: (
                        "wagtail.blocks.CharBlock",
                        (),
                        {
                            "help_text": "A few words above the heading, such as a theme.",
                            "max_length": 60,
                            "required": False,
                        },
                    ),
                    2: (
                        "wagtail.blocks.RegexBlock",
                        ("^[a-z][a-z0-9-]*$",),
                        {
                            "error_messages": {
                                "invalid": "Use small letters, digits and hyphens, and begin with a letter."
                            },
                            "help_text": "So that #anchor in a link leads here.",
                            "required": False,
                        },
                    ),
                    3: ("wagtail.blocks.StructBlock", [[("text", 0), ("above", 1), ("anchor", 2)]], {}),
                    4: ("leadwright.attract.blocks.Text", (), {}),
                    5: ("wagtail.images.blocks.ImageBlock", [], {}),
                    6: ("wagtail.blocks.CharBlock", (), {"max_length": 250, "required": False}),
                    7: (
                        "wagtail.blocks.ChoiceBlock",
                        [],
                        {"choices": [("text", "As wide as the text"), ("wide", "Wider than the text")]},
                    ),
                    8: ("wagtail.blocks.StructBlock", [[("image", 5), ("caption", 6), ("width", 7)]], {}),
                    9: ("wagtail.blocks.TextBlock", (), {"rows": 3}),
                    10: ("wagtail.blocks.CharBlock", (), {"max_length": 120}),
                    11: (
                        "wagtail.blocks.CharBlock",
                        (),
                        {"help_text": "Job title and firm.", "max_length": 160, "required": False},
                    ),
                    12: ("wagtail.blocks.StructBlock", [[("text", 9), ("person", 10), ("role", 11)]], {}),
                    13: ("wagtail.blocks.CharBlock", (), {"max_length": 20}),
                    14: ("wagtail.blocks.StructBlock", [[("number", 13), ("says", 10)]], {}),
                    15: ("wagtail.blocks.ListBlock", (14,), {"max_num": 4, "min_num": 1}),
                    16: (
                        "wagtail.blocks.CharBlock",
                        (),
                        {"help_text": "Where the numbers come from.", "max_length": 200, "required": False},
                    ),
                    17: ("wagtail.blocks.StructBlock", [[("figures", 15), ("source", 16)]], {}),
                    18: ("wagtail.blocks.CharBlock", (), {"max_length": 60}),
                    19: ("wagtail.blocks.PageChooserBlock", (), {"required": False}),
                    20: (
                        "wagtail.blocks.CharBlock",
                        (),
                        {
                            "help_text": "https://… , mailto:… , tel:… or #anchor, where it is not one of your pages.",
                            "label": "or address",
                            "max_length": 500,
                            "required": False,
                        },
                    ),
                    21: (
                        "wagtail.blocks.CharBlock",
                        (),
                        {"help_text": "A sentence beside the button.", "max_length": 160, "required": False},
                    ),
                    22: (
                        "wagtail.blocks.BooleanBlock",
                        (),
                        {"default": True, "help_text": "The one action that matters here.", "required": False},
                    ),
                    23: (
                        "wagtail.blocks.StructBlock",
                        [[("label", 18), ("page", 19), ("url", 20), ("says", 21), ("strong", 22)]],
                        {},
                    ),
                    24: ("wagtail.snippets.blocks.SnippetChooserBlock", ("attract.Form",), {}),
                    25: ("wagtail.blocks.CharBlock", (), {"max_length": 120, "required": False}),
                    26: ("wagtail.blocks.CharBlock", (), {"max_length": 300, "required": False}),
                    27: ("wagtail.blocks.StructBlock", [[("form", 24), ("title", 25), ("text", 26)]], {}),
                    28: ("wagtail.blocks.ListBlock", (18,), {"max_num": 8, "min_num": 2}),
                    29: ("wagtail.blocks.StructBlock", [[("intro", 25), ("names", 28)]], {}),
                    30: ("wagtail.blocks.CharBlock", (), {"max_length": 100}),
                    31: ("wagtail.blocks.StructBlock", [[("title", 30), ("text", 9), ("page", 19)]], {}),
                    32: ("wagtail.blocks.ListBlock", (31,), {"max_num": 6, "min_num": 2}),
                    33: (
                        "wagtail.blocks.BooleanBlock",
                        (),
                        {"help_text": "They are steps, one after another.", "required": False},
                    ),
                    34: ("wagtail.blocks.StructBlock", [[("cards", 32), ("numbered", 33)]], {}),
                    35: (
                        "wagtail.blocks.RichTextBlock",
                        (),
                        {"features": ["bold", "italic", "link", "document-link", "ol", "ul", "h3", "h4", "hr"]},
                    ),
                    36: ("wagtail.blocks.StructBlock", [[("question", 0), ("answer", 35)]], {}),
                    37: ("wagtail.blocks.ListBlock", (36,), {"min_num": 1}),
                    38: ("wagtail.blocks.StructBlock", [[("answers", 37)]], {}),
                    39: (
                        "wagtail.blocks.StreamBlock",
                        [
                            [
                                ("heading", 3),
                                ("text", 4),
                                ("picture", 8),
                                ("quote", 12),
                                ("proof", 17),
                                ("button", 23),
                                ("form", 27),
                            ]
                        ],
                        {},
                    ),
                    40: (
                        "wagtail.blocks.ChoiceBlock",
                        [],
                        {"choices": [("half", "Halves"), ("left", "Left wider"), ("right", "Right wider")]},
                    ),
                    41: ("wagtail.blocks.BooleanBlock", (), {"help_text": "On a tinted ground.", "required": False}),
                    42: (
                        "wagtail.blocks.StructBlock",
                        [[("left", 39), ("right", 39), ("share", 40), ("ground", 41)]],
                        {},
                    ),
                    43: ("wagtail.documents.blocks.DocumentChooserBlock", (), {}),
                    44: ("wagtail.blocks.CharBlock", (), {"max_length": 80, "required": False}),
                    45: ("wagtail.blocks.StructBlock", [[("document", 43), ("label", 44)]], {}),
                },
            ),
        ),
        migrations.AddField(
            model_name="homepage",
            name="button_label",
            field=models.CharField(blank=True, max_length=40),
        ),
        migrations.AddField(
            model_name="homepage",
            name="button_page",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.SET_NULL,
                related_name="+",
                to=settings.WAGTAIL_PAGE_MODEL,
            ),
        ),
        migrations.AddField(
            model_name="homepage",
            name="buying_stage",
            field=models.CharField(
                blank=True,
                choices=[("awareness", "Awareness"), ("consideration", "Consideration"), ("decision", "Decision")],
                max_length=20,
            ),
        ),
        migrations.AddField(
            model_name="homepage",
            name="canonical",
            field=models.URLField(
                blank=True, help_text="Only if this text first appeared elsewhere: the address of the original."
            ),
        ),
        migrations.AddField(
            model_name="homepage",
            name="eyebrow",
            field=models.CharField(blank=True, max_length=80, verbose_name="line above"),
        ),
        migrations.AddField(
            model_name="homepage",
            name="headline",
            field=models.CharField(blank=True, max_length=140),
        ),
        migrations.AddField(
            model_name="homepage",
            name="image",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.SET_NULL,
                related_name="+",
                to="wagtailimages.image",
            ),
        ),
        migrations.AddField(
            model_name="homepage",
            name="is_hidden",
            field=models.BooleanField(default=False, help_text="Search engines are asked to leave this page out."),
        ),
        migrations.AddField(
            model_name="homepage",
            name="personas",
            field=modelcluster.fields.ParentalManyToManyField(
                blank=True, help_text="For whom it is written.", to="attract.persona"
            ),
        ),
        migrations.AddField(
            model_name="homepage",
            name="second_label",
            field=models.CharField(blank=True, max_length=40),
        ),
        migrations.AddField(
            model_name="homepage",
            name="second_page",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.SET_NULL,
                related_name="+",
                to=settings.WAGTAIL_PAGE_MODEL,
            ),
        ),
        migrations.AddField(
            model_name="homepage",
            name="social_image",
            field=models.ForeignKey(
                blank=True,
                help_text="Shown where the page is shared; 1,200 × 630 pixels look best.",
                null=True,
                on_delete=django.db.models.deletion.SET_NULL,
                related_name="+",
                to="wagtailimages.image",
            ),
        ),
        migrations.AddField(
            model_name="landingpage",
            name="body",
            field=wagtail.fields.StreamField(
                [
                    ("heading", 3),
                    ("text", 4),
                    ("picture", 8),
                    ("quote", 12),
                    ("proof", 17),
                    ("button", 23),
                    ("form", 27),
                    ("firms", 29),
                    ("cards", 34),
                    ("questions", 38),
                    ("columns", 42),
                    ("download", 45),
                ],
                blank=True,
                block_lookup={
                    0: ("wagtail.blocks.CharBlock", (), {"max_length": 160}),
                    1: (
                        "wagtail.blocks.CharBlock",
                        (),
                        {
                            "help_text": "A few words above the heading, such as a theme.",
                            "max_length": 60,
                            "required": False,
                        },
                    ),
                    2: (
                        "wagtail.blocks.RegexBlock",
                        ("^[a-z][a-z0-9-]*$",),
                        {
                            "error_messages": {
                                "invalid": "Use small letters, digits and hyphens, and begin with a letter."
                            },
                            "help_text": "So that #anchor in a link leads here.",
                            "required": False,
                        },
                    ),
                    3: ("wagtail.blocks.StructBlock", [[("text", 0), ("above", 1), ("anchor", 2)]], {}),
                    4: ("leadwright.attract.blocks.Text", (), {}),
                    5: ("wagtail.images.blocks.ImageBlock", [], {}),
                    6: ("wagtail.blocks.CharBlock", (), {"max_length": 250, "required": False}),
                    7: (
                        "wagtail.blocks.ChoiceBlock",
                        [],
                        {"choices": [("text", "As wide as the text"), ("wide", "Wider than the text")]},
                    ),
                    8: ("wagtail.blocks.StructBlock", [[("image", 5), ("caption", 6), ("width", 7)]], {}),
                    9: ("wagtail.blocks.TextBlock", (), {"rows": 3}),
                    10: ("wagtail.blocks.CharBlock", (), {"max_length": 120}),
                    11: (
                        "wagtail.blocks.CharBlock",
                        (),
                        {"help_text": "Job title and firm.", "max_length": 160, "required": False},
                    ),
                    12: ("wagtail.blocks.StructBlock", [[("text", 9), ("person", 10), ("role", 11)]], {}),
                    13: ("wagtail.blocks.CharBlock", (), {"max_length": 20}),
                    14: ("wagtail.blocks.StructBlock", [[("number", 13), ("says", 10)]], {}),
                    15: ("wagtail.blocks.ListBlock", (14,), {"max_num": 4, "min_num": 1}),
                    16: (
                        "wagtail.blocks.CharBlock",
                        (),
                        {"help_text": "Where the numbers come from.", "max_length": 200, "required": False},
                    ),
                    17: ("wagtail.blocks.StructBlock", [[("figures", 15), ("source", 16)]], {}),
                    18: ("wagtail.blocks.CharBlock", (), {"max_length": 60}),
                    19: ("wagtail.blocks.PageChooserBlock", (), {"required": False}),
                    20: (
                        "wagtail.blocks.CharBlock",
                        (),
                        {
                            "help_text": "https://… , mailto:… , tel:… or #anchor, where it is not one of your pages.",
                            "label": "or address",
                            "max_length": 500,
                            "required": False,
                        },
                    ),
                    21: (
                        "wagtail.blocks.CharBlock",
                        (),
                        {"help_text": "A sentence beside the button.", "max_length": 160, "required": False},
                    ),
                    22: (
                        "wagtail.blocks.BooleanBlock",
                        (),
                        {"default": True, "help_text": "The one action that matters here.", "required": False},
                    ),
                    23: (
                        "wagtail.blocks.StructBlock",
                        [[("label", 18), ("page", 19), ("url", 20), ("says", 21), ("strong", 22)]],
                        {},
                    ),
                    24: ("wagtail.snippets.blocks.SnippetChooserBlock", ("attract.Form",), {}),
                    25: ("wagtail.blocks.CharBlock", (), {"max_length": 120, "required": False}),
                    26: ("wagtail.blocks.CharBlock", (), {"max_length": 300, "required": False}),
                    27: ("wagtail.blocks.StructBlock", [[("form", 24), ("title", 25), ("text", 26)]], {}),
                    28: ("wagtail.blocks.ListBlock", (18,), {"max_num": 8, "min_num": 2}),
                    29: ("wagtail.blocks.StructBlock", [[("intro", 25), ("names", 28)]], {}),
                    30: ("wagtail.blocks.CharBlock", (), {"max_length": 100}),
                    31: ("wagtail.blocks.StructBlock", [[("title", 30), ("text", 9), ("page", 19)]], {}),
                    32: ("wagtail.blocks.ListBlock", (31,), {"max_num": 6, "min_num": 2}),
                    33: (
                        "wagtail.blocks.BooleanBlock",
                        (),
                        {"help_text": "They are steps, one after another.", "required": False},
                    ),
                    34: ("wagtail.blocks.StructBlock", [[("cards", 32), ("numbered", 33)]], {}),
                    35: (
                        "wagtail.blocks.RichTextBlock",
                        (),
                        {"features": ["bold", "italic", "link", "document-link", "ol", "ul", "h3", "h4", "hr"]},
                    ),
                    36: ("wagtail.blocks.StructBlock", [[("question", 0), ("answer", 35)]], {}),
                    37: ("wagtail.blocks.ListBlock", (36,), {"min_num": 1}),
                    38: ("wagtail.blocks.StructBlock", [[("answers", 37)]], {}),
                    39: (
                        "wagtail.blocks.StreamBlock",
                        [
                            [
                                ("heading", 3),
                                ("text", 4),
                                ("picture", 8),
                                ("quote", 12),
                                ("proof", 17),
                                ("button", 23),
                                ("form", 27),
                            ]
                        ],
                        {},
                    ),
                    40: (
                        "wagtail.blocks.ChoiceBlock",
                        [],
                        {"choices": [("half", "Halves"), ("left", "Left wider"), ("right", "Right wider")]},
                    ),
                    41: ("wagtail.blocks.BooleanBlock", (), {"help_text": "On a tinted ground.", "required": False}),
                    42: (
                        "wagtail.blocks.StructBlock",
                        [[("left", 39), ("right", 39), ("share", 40), ("ground", 41)]],
                        {},
                    ),
                    43: ("wagtail.documents.blocks.DocumentChooserBlock", (), {}),
                    44: ("wagtail.blocks.CharBlock", (), {"max_length": 80, "required": False}),
                    45: ("wagtail.blocks.StructBlock", [[("document", 43), ("label", 44)]], {}),
                },
            ),
        ),
        migrations.AddField(
            model_name="landingpage",
            name="buying_stage",
            field=models.CharField(
                blank=True,
                choices=[("awareness", "Awareness"), ("consideration", "Consideration"), ("decision", "Decision")],
                max_length=20,
            ),
        ),
        migrations.AddField(
            model_name="landingpage",
            name="canonical",
            field=models.URLField(
                blank=True, help_text="Only if this text first appeared elsewhere: the address of the original."
            ),
        ),
        migrations.AddField(
            model_name="landingpage",
            name="eyebrow",
            field=models.CharField(blank=True, max_length=80, verbose_name="line above"),
        ),
        migrations.AddField(
            model_name="landingpage",
            name="form",
            field=models.ForeignKey(
                blank=True,
                help_text="Stands beside the title, in sight at once.",
                null=True,
                on_delete=django.db.models.deletion.SET_NULL,
                related_name="+",
                to="attract.form",
            ),
        ),
        migrations.AddField(
            model_name="landingpage",
            name="form_title",
            field=models.CharField(blank=True, max_length=80),
        ),
        migrations.AddField(
            model_name="landingpage",
            name="is_hidden",
            field=models.BooleanField(default=False, help_text="Search engines are asked to leave this page out."),
        ),
        migrations.AddField(
            model_name="landingpage",
            name="is_plain",
            field=models.BooleanField(
                default=True,
                help_text="Leave the site's menu out, so that the offer is the only choice.",
                verbose_name="without menu",
            ),
        ),
        migrations.AddField(
            model_name="landingpage",
            name="personas",
            field=modelcluster.fields.ParentalManyToManyField(
                blank=True, help_text="For whom it is written.", to="attract.persona"
            ),
        ),
        migrations.AddField(
            model_name="landingpage",
            name="promises",
            field=wagtail.fields.RichTextField(
                blank=True, help_text="What the visitor gets; a short list beside the form."
            ),
        ),
        migrations.AddField(
            model_name="landingpage",
            name="social_image",
            field=models.ForeignKey(
                blank=True,
                help_text="Shown where the page is shared; 1,200 × 630 pixels look best.",
                null=True,
                on_delete=django.db.models.deletion.SET_NULL,
                related_name="+",
                to="wagtailimages.image",
            ),
        ),
        migrations.AddField(
            model_name="resourcepage",
            name="body",
            field=wagtail.fields.StreamField(
                [
                    ("heading", 3),
                    ("text", 4),
                    ("picture", 8),
                    ("quote", 12),
                    ("proof", 17),
                    ("button", 23),
                    ("form", 27),
                    ("firms", 29),
                    ("cards", 34),
                    ("questions", 38),
                    ("columns", 42),
                    ("download", 45),
                ],
                blank=True,
                block_lookup={
                    0: ("wagtail.blocks.CharBlock", (), {"max_length": 160}),
                    1: (
                        "wagtail.blocks.CharBlock",
                        (),
                        {
                            "help_text": "A few words above the heading, such as a theme.",
                            "max_length": 60,
                            "required": False,
                        },
                    ),
                    2: (
                        "wagtail.blocks.RegexBlock",
                        ("^[a-z][a-z0-9-]*$",),
                        {
                            "error_messages": {
                                "invalid": "Use small letters, digits and hyphens, and begin with a letter."
                            },
                            "help_text": "So that #anchor in a link leads here.",
                            "required": False,
                        },
                    ),
                    3: ("wagtail.blocks.StructBlock", [[("text", 0), ("above", 1), ("anchor", 2)]], {}),
                    4: ("leadwright.attract.blocks.Text", (), {}),
                    5: ("wagtail.images.blocks.ImageBlock", [], {}),
                    6: ("wagtail.blocks.CharBlock", (), {"max_length": 250, "required": False}),
                    7: (
                        "wagtail.blocks.ChoiceBlock",
                        [],
                        {"choices": [("text", "As wide as the text"), ("wide", "Wider than the text")]},
                    ),
                    8: ("wagtail.blocks.StructBlock", [[("image", 5), ("caption", 6), ("width", 7)]], {}),
                    9: ("wagtail.blocks.TextBlock", (), {"rows": 3}),
                    10: ("wagtail.blocks.CharBlock", (), {"max_length": 120}),
                    11: (
                        "wagtail.blocks.CharBlock",
                        (),
                        {"help_text": "Job title and firm.", "max_length": 160, "required": False},
                    ),
                    12: ("wagtail.blocks.StructBlock", [[("text", 9), ("person", 10), ("role", 11)]], {}),
                    13: ("wagtail.blocks.CharBlock", (), {"max_length": 20}),
                    14: ("wagtail.blocks.StructBlock", [[("number", 13), ("says", 10)]], {}),
                    15: ("wagtail.blocks.ListBlock", (14,), {"max_num": 4, "min_num": 1}),
                    16: (
                        "wagtail.blocks.CharBlock",
                        (),
                        {"help_text": "Where the numbers come from.", "max_length": 200, "required": False},
                    ),
                    17: ("wagtail.blocks.StructBlock", [[("figures", 15), ("source", 16)]], {}),
                    18: ("wagtail.blocks.CharBlock", (), {"max_length": 60}),
                    19: ("wagtail.blocks.PageChooserBlock", (), {"required": False}),
                    20: (
                        "wagtail.blocks.CharBlock",
                        (),
                        {
                            "help_text": "https://… , mailto:… , tel:… or #anchor, where it is not one of your pages.",
                            "label": "or address",
                            "max_length": 500,
                            "required": False,
                        },
                    ),
                    21: (
                        "wagtail.blocks.CharBlock",
                        (),
                        {"help_text": "A sentence beside the button.", "max_length": 160, "required": False},
                    ),
                    22: (
                        "wagtail.blocks.BooleanBlock",
                        (),
                        {"default": True, "help_text": "The one action that matters here.", "required": False},
                    ),
                    23: (
                        "wagtail.blocks.StructBlock",
                        [[("label", 18), ("page", 19), ("url", 20), ("says", 21), ("strong", 22)]],
                        {},
                    ),
                    24: ("wagtail.snippets.blocks.SnippetChooserBlock", ("attract.Form",), {}),
                    25: ("wagtail.blocks.CharBlock", (), {"max_length": 120, "required": False}),
                    26: ("wagtail.blocks.CharBlock", (), {"max_length": 300, "required": False}),
                    27: ("wagtail.blocks.StructBlock", [[("form", 24), ("title", 25), ("text", 26)]], {}),
                    28: ("wagtail.blocks.ListBlock", (18,), {"max_num": 8, "min_num": 2}),
                    29: ("wagtail.blocks.StructBlock", [[("intro", 25), ("names", 28)]], {}),
                    30: ("wagtail.blocks.CharBlock", (), {"max_length": 100}),
                    31: ("wagtail.blocks.StructBlock", [[("title", 30), ("text", 9), ("page", 19)]], {}),
                    32: ("wagtail.blocks.ListBlock", (31,), {"max_num": 6, "min_num": 2}),
                    33: (
                        "wagtail.blocks.BooleanBlock",
                        (),
                        {"help_text": "They are steps, one after another.", "required": False},
                    ),
                    34: ("wagtail.blocks.StructBlock", [[("cards", 32), ("numbered", 33)]], {}),
                    35: (
                        "wagtail.blocks.RichTextBlock",
                        (),
                        {"features": ["bold", "italic", "link", "document-link", "ol", "ul", "h3", "h4", "hr"]},
                    ),
                    36: ("wagtail.blocks.StructBlock", [[("question", 0), ("answer", 35)]], {}),
                    37: ("wagtail.blocks.ListBlock", (36,), {"min_num": 1}),
                    38: ("wagtail.blocks.StructBlock", [[("answers", 37)]], {}),
                    39: (
                        "wagtail.blocks.StreamBlock",
                        [
                            [
                                ("heading", 3),
                                ("text", 4),
                                ("picture", 8),
                                ("quote", 12),
                                ("proof", 17),
                                ("button", 23),
                                ("form", 27),
                            ]
                        ],
                        {},
                    ),
                    40: (
                        "wagtail.blocks.ChoiceBlock",
                        [],
                        {"choices": [("half", "Halves"), ("left", "Left wider"), ("right", "Right wider")]},
                    ),
                    41: ("wagtail.blocks.BooleanBlock", (), {"help_text": "On a tinted ground.", "required": False}),
                    42: (
                        "wagtail.blocks.StructBlock",
                        [[("left", 39), ("right", 39), ("share", 40), ("ground", 41)]],
                        {},
                    ),
                    43: ("wagtail.documents.blocks.DocumentChooserBlock", (), {}),
                    44: ("wagtail.blocks.CharBlock", (), {"max_length": 80, "required": False}),
                    45: ("wagtail.blocks.StructBlock", [[("document", 43), ("label", 44)]], {}),
                },
            ),
        ),
        migrations.AddField(
            model_name="resourcepage",
            name="buying_stage",
            field=models.CharField(
                blank=True,
                choices=[("awareness", "Awareness"), ("consideration", "Consideration"), ("decision", "Decision")],
                max_length=20,
            ),
        ),
        migrations.AddField(
            model_name="resourcepage",
            name="canonical",
            field=models.URLField(
                blank=True, help_text="Only if this text first appeared elsewhere: the address of the original."
            ),
        ),
        migrations.AddField(
            model_name="resourcepage",
            name="document",
            field=models.ForeignKey(
                blank=True,
                help_text="The file. It is handed out only through a link that the form answers with, valid for seven days.",
                null=True,
                on_delete=django.db.models.deletion.SET_NULL,
                related_name="+",
                to="wagtaildocs.document",
            ),
        ),
        migrations.AddField(
            model_name="resourcepage",
            name="form",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.SET_NULL,
                related_name="resources",
                to="attract.form",
            ),
        ),
        migrations.AddField(
            model_name="resourcepage",
            name="form_title",
            field=models.CharField(blank=True, max_length=80),
        ),
        migrations.AddField(
            model_name="resourcepage",
            name="image",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.SET_NULL,
                related_name="+",
                to="wagtailimages.image",
                verbose_name="cover",
            ),
        ),
        migrations.AddField(
            model_name="resourcepage",
            name="is_hidden",
            field=models.BooleanField(default=False, help_text="Search engines are asked to leave this page out."),
        ),
        migrations.AddField(
            model_name="resourcepage",
            name="kind",
            field=models.CharField(
                blank=True, help_text="What it is, such as Guide, Checklist or Calculator.", max_length=40
            ),
        ),
        migrations.AddField(
            model_name="resourcepage",
            name="personas",
            field=modelcluster.fields.ParentalManyToManyField(
                blank=True, help_text="For whom it is written.", to="attract.persona"
            ),
        ),
        migrations.AddField(
            model_name="resourcepage",
            name="social_image",
            field=models.ForeignKey(
                blank=True,
                help_text="Shown where the page is shared; 1,200 × 630 pixels look best.",
                null=True,
                on_delete=django.db.models.deletion.SET_NULL,
                related_name="+",
                to="wagtailimages.image",
            ),
        ),
        migrations.AddField(
            model_name="thankspage",
            name="body",
            field=wagtail.fields.StreamField(
                [
                    ("heading", 3),
                    ("text", 4),
                    ("picture", 8),
                    ("quote", 12),
                    ("proof", 17),
                    ("button", 23),
                    ("form", 27),
                    ("firms", 29),
                    ("cards", 34),
                    ("questions", 38),
                    ("columns", 42),
                    ("download", 45),
                ],
                blank=True,
                block_lookup={
                    0: ("wagtail.blocks.CharBlock", (), {"max_length": 160}),
                    1: (
                        "wagtail.blocks.CharBlock",
                        (),
                        {
                            "help_text": "A few words above the heading, such as a theme.",
                            "max_length": 60,
                            "required": False,
                        },
                    ),
                    2: (
                        "wagtail.blocks.RegexBlock",
                        ("^[a-z][a-z0-9-]*$",),
                        {
                            "error_messages": {
                                "invalid": "Use small letters, digits and hyphens, and begin with a letter."
                            },
                            "help_text": "So that #anchor in a link leads here.",
                            "required": False,
                        },
                    ),
                    3: ("wagtail.blocks.StructBlock", [[("text", 0), ("above", 1), ("anchor", 2)]], {}),
                    4: ("leadwright.attract.blocks.Text", (), {}),
                    5: ("wagtail.images.blocks.ImageBlock", [], {}),
                    6: ("wagtail.blocks.CharBlock", (), {"max_length": 250, "required": False}),
                    7: (
                        "wagtail.blocks.ChoiceBlock",
                        [],
                        {"choices": [("text", "As wide as the text"), ("wide", "Wider than the text")]},
                    ),
                    8: ("wagtail.blocks.StructBlock", [[("image", 5), ("caption", 6), ("width", 7)]], {}),
                    9: ("wagtail.blocks.TextBlock", (), {"rows": 3}),
                    10: ("wagtail.blocks.CharBlock", (), {"max_length": 120}),
                    11: (
                        "wagtail.blocks.CharBlock",
                        (),
                        {"help_text": "Job title and firm.", "max_length": 160, "required": False},
                    ),
                    12: ("wagtail.blocks.StructBlock", [[("text", 9), ("person", 10), ("role", 11)]], {}),
                    13: ("wagtail.blocks.CharBlock", (), {"max_length": 20}),
                    14: ("wagtail.blocks.StructBlock", [[("number", 13), ("says", 10)]], {}),
                    15: ("wagtail.blocks.ListBlock", (14,), {"max_num": 4, "min_num": 1}),
                    16: (
                        "wagtail.blocks.CharBlock",
                        (),
                        {"help_text": "Where the numbers come from.", "max_length": 200, "required": False},
                    ),
                    17: ("wagtail.blocks.StructBlock", [[("figures", 15), ("source", 16)]], {}),
                    18: ("wagtail.blocks.CharBlock", (), {"max_length": 60}),
                    19: ("wagtail.blocks.PageChooserBlock", (), {"required": False}),
                    20: (
                        "wagtail.blocks.CharBlock",
                        (),
                        {
                            "help_text": "https://… , mailto:… , tel:… or #anchor, where it is not one of your pages.",
                            "label": "or address",
                            "max_length": 500,
                            "required": False,
                        },
                    ),
                    21: (
                        "wagtail.blocks.CharBlock",
                        (),
                        {"help_text": "A sentence beside the button.", "max_length": 160, "required": False},
                    ),
                    22: (
                        "wagtail.blocks.BooleanBlock",
                        (),
                        {"default": True, "help_text": "The one action that matters here.", "required": False},
                    ),
                    23: (
                        "wagtail.blocks.StructBlock",
                        [[("label", 18), ("page", 19), ("url", 20), ("says", 21), ("strong", 22)]],
                        {},
                    ),
                    24: ("wagtail.snippets.blocks.SnippetChooserBlock", ("attract.Form",), {}),
                    25: ("wagtail.blocks.CharBlock", (), {"max_length": 120, "required": False}),
                    26: ("wagtail.blocks.CharBlock", (), {"max_length": 300, "required": False}),
                    27: ("wagtail.blocks.StructBlock", [[("form", 24), ("title", 25), ("text", 26)]], {}),
                    28: ("wagtail.blocks.ListBlock", (18,), {"max_num": 8, "min_num": 2}),
                    29: ("wagtail.blocks.StructBlock", [[("intro", 25), ("names", 28)]], {}),
                    30: ("wagtail.blocks.CharBlock", (), {"max_length": 100}),
                    31: ("wagtail.blocks.StructBlock", [[("title", 30), ("text", 9), ("page", 19)]], {}),
                    32: ("wagtail.blocks.ListBlock", (31,), {"max_num": 6, "min_num": 2}),
                    33: (
                        "wagtail.blocks.BooleanBlock",
                        (),
                        {"help_text": "They are steps, one after another.", "required": False},
                    ),
                    34: ("wagtail.blocks.StructBlock", [[("cards", 32), ("numbered", 33)]], {}),
                    35: (
                        "wagtail.blocks.RichTextBlock",
                        (),
                        {"features": ["bold", "italic", "link", "document-link", "ol", "ul", "h3", "h4", "hr"]},
                    ),
                    36: ("wagtail.blocks.StructBlock", [[("question", 0), ("answer", 35)]], {}),
                    37: ("wagtail.blocks.ListBlock", (36,), {"min_num": 1}),
                    38: ("wagtail.blocks.StructBlock", [[("answers", 37)]], {}),
                    39: (
                        "wagtail.blocks.StreamBlock",
                        [
                            [
                                ("heading", 3),
                                ("text", 4),
                                ("picture", 8),
                                ("quote", 12),
                                ("proof", 17),
                                ("button", 23),
                                ("form", 27),
                            ]
                        ],
                        {},
                    ),
                    40: (
                        "wagtail.blocks.ChoiceBlock",
                        [],
                        {"choices": [("half", "Halves"), ("left", "Left wider"), ("right", "Right wider")]},
                    ),
                    41: ("wagtail.blocks.BooleanBlock", (), {"help_text": "On a tinted ground.", "required": False}),
                    42: (
                        "wagtail.blocks.StructBlock",
                        [[("left", 39), ("right", 39), ("share", 40), ("ground", 41)]],
                        {},
                    ),
                    43: ("wagtail.documents.blocks.DocumentChooserBlock", (), {}),
                    44: ("wagtail.blocks.CharBlock", (), {"max_length": 80, "required": False}),
                    45: ("wagtail.blocks.StructBlock", [[("document", 43), ("label", 44)]], {}),
                },
            ),
        ),
        migrations.AddField(
            model_name="thankspage",
            name="buying_stage",
            field=models.CharField(
                blank=True,
                choices=[("awareness", "Awareness"), ("consideration", "Consideration"), ("decision", "Decision")],
                max_length=20,
            ),
        ),
        migrations.AddField(
            model_name="thankspage",
            name="canonical",
            field=models.URLField(
                blank=True, help_text="Only if this text first appeared elsewhere: the address of the original."
            ),
        ),
        migrations.AddField(
            model_name="thankspage",
            name="is_hidden",
            field=models.BooleanField(default=False, help_text="Search engines are asked to leave this page out."),
        ),
        migrations.AddField(
            model_name="thankspage",
            name="personas",
            field=modelcluster.fields.ParentalManyToManyField(
                blank=True, help_text="For whom it is written.", to="attract.persona"
            ),
        ),
        migrations.AddField(
            model_name="thankspage",
            name="social_image",
            field=models.ForeignKey(
                blank=True,
                help_text="Shown where the page is shared; 1,200 × 630 pixels look best.",
                null=True,
                on_delete=django.db.models.deletion.SET_NULL,
                related_name="+",
                to="wagtailimages.image",
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
                    ("choice", "Choice"),
                    ("checkbox", "Tick box"),
                    ("hidden", "Hidden, with a fixed value"),
                ],
                default="text",
                max_length=20,
            ),
        ),
        migrations.AlterField(
            model_name="formfield",
            name="placeholder",
            field=models.CharField(
                blank=True, help_text="An example of an answer; never the question.", max_length=120
            ),
        ),
        migrations.AlterField(
            model_name="trackedlink",
            name="campaign",
            field=modelcluster.fields.ParentalKey(
                on_delete=django.db.models.deletion.CASCADE, related_name="links", to="attract.campaign"
            ),
        ),
        migrations.AddConstraint(
            model_name="formfield",
            constraint=models.UniqueConstraint(fields=("form", "name"), name="form_field_name_once"),
        ),
        migrations.AddField(
            model_name="appearance",
            name="button_page",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.SET_NULL,
                related_name="+",
                to=settings.WAGTAIL_PAGE_MODEL,
            ),
        ),
        migrations.AddField(
            model_name="appearance",
            name="logo",
            field=models.ForeignKey(
                blank=True,
                help_text="Empty: the firm's name in letters.",
                null=True,
                on_delete=django.db.models.deletion.SET_NULL,
                related_name="+",
                to="wagtailimages.image",
            ),
        ),
        migrations.AddField(
            model_name="appearance",
            name="site",
            field=models.OneToOneField(
                editable=False, on_delete=django.db.models.deletion.CASCADE, to="wagtailcore.site"
            ),
        ),
        migrations.AddField(
            model_name="plainpage",
            name="personas",
            field=modelcluster.fields.ParentalManyToManyField(
                blank=True, help_text="For whom it is written.", to="attract.persona"
            ),
        ),
        migrations.AddField(
            model_name="plainpage",
            name="social_image",
            field=models.ForeignKey(
                blank=True,
                help_text="Shown where the page is shared; 1,200 × 630 pixels look best.",
                null=True,
                on_delete=django.db.models.deletion.SET_NULL,
                related_name="+",
                to="wagtailimages.image",
            ),
        ),
    ]
