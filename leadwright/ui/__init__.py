"""The shell: Wagtail's admin in Leadwright's dress, base templates, lists, charts, htmx.

Promise: every screen looks as if one hand had drawn it, in light and dark, at 390 pixels, by keyboard.
Reads: workspace, and the registries that later stages fill. Writes: saved views.
"""
