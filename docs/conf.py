"""Sphinx: `make docs` builds docs/_build, with every tutorial run; a broken link or reference fails the build."""

from __future__ import annotations

import os
import sys
from importlib import metadata
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE.parent))

from docs import docstrings, links, site_pages  # noqa: E402

os.environ["COLUMNS"] = "100"  # of tables that tutorials print
project, author, copyright = "plausible", "the plausible authors", "2026, the plausible authors"
release = version = metadata.version("plausible")
extensions = [
    "myst_parser",
    "sphinx.ext.autodoc",
    "sphinx.ext.viewcode",
    "sphinx_gallery.gen_gallery",
]
exclude_patterns = ["_build", "examples", "tutorials", "tour.ipynb", "**sg_execution_times.rst"]
default_role = "code"
add_module_names = False
smartquotes = False
toc_object_entries = False
nitpicky = True  # every reference has to be found
suppress_warnings = ["config.cache"]  # sphinx-gallery keeps functions in its configuration

autodoc_typehints_format = "short"
ALIASES = ("Array", "Params", "View", "State", "Update", "RuleLike", "Start", "Follow")
autodoc_type_aliases = {name: name for name in ALIASES}
python_display_short_literal_types = True
maximum_signature_line_length = 100
myst_enable_extensions = ["colon_fence"]
myst_heading_anchors = 3

sphinx_gallery_conf = {
    "examples_dirs": "tutorials",
    "gallery_dirs": "_generated/tutorials",
    "filename_pattern": ".",
    "ignore_pattern": r"(__init__|my_\w+)\.py",
    "within_subsection_order": "FileNameSortKey",
    "abort_on_example_error": True,
    "only_warn_on_example_error": False,
    "plot_gallery": os.environ.get("PLAUSIBLE_TUTORIALS", "run") == "run",
    "download_all_examples": False,
    "remove_config_comments": True,
    "show_memory": False,
    "min_reported_time": 1,
    "capture_repr": ("_repr_html_", "__repr__"),
    "show_signature": False,
    "image_scrapers": ("docs.gallery_figures.drawn", "matplotlib"),
    "ignore_repr_types": "Sheet|matplotlib",  # figures are pictures
    "reset_modules": ("matplotlib",),
}

html_theme = "pydata_sphinx_theme"
html_title = "plausible"
html_static_path = ["_static"]
html_css_files = ["plausible.css"]
html_copy_source = False
html_show_sourcelink = False
html_theme_options = {
    "show_toc_level": 2,
    "navigation_with_keys": False,
    "show_prev_next": True,
    "secondary_sidebar_items": ["page-toc"],
    "footer_start": ["copyright"],
    "footer_end": [],
    "header_links_before_dropdown": 7,
}


def setup(app: Any) -> None:
    """Write the pages that are made of tables and the registry, and read docstrings as this project writes them."""
    site_pages.write(HERE / "_generated")
    app.connect("autodoc-process-docstring", docstrings.process, priority=400)
    app.connect("autodoc-process-signature", docstrings.signature)
    app.connect("missing-reference", docstrings.foreign)
    app.connect("source-read", links.process)
