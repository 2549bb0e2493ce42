"""The site of the documentation: `make docs` writes it to docs/_build/html. What a reader sees comes from the pages."""

import os
import re
import sys
from importlib import metadata
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

project = "TACOS"
author = "TACOS developers"
release = metadata.version("tacos-snn")

extensions = ["myst_nb", "sphinx.ext.autodoc", "sphinx.ext.napoleon", "sphinx.ext.viewcode"]
exclude_patterns = ["_build", "conf.py"]
default_role = "code"  # what stands between single backticks in a docstring
highlight_language = "none"  # blocks without a language are commands and what is printed
myst_heading_anchors = 4

html_theme = "furo"
html_title = "TACOS"
html_static_path = ["_static"]
html_css_files = ["wide_tables.css"]
html_copy_source = False
html_show_search_summary = False  # a page opened from the disk may not fetch the others
html_show_sphinx = False
html_show_copyright = False

# Tutorials are Python files with cells (jupytext's percent format), run at every build; the first compiles networks.
nb_custom_formats = {".py": ["jupytext.reads", {"fmt": "py:percent"}]}
nb_execution_mode = "force"
nb_execution_in_temp = True
nb_execution_raise_on_error = True
nb_execution_timeout = 600
nb_merge_streams = True
nb_output_stderr = "remove"  # progress
os.environ["PYTHONPATH"] = os.pathsep.join(filter(None, (str(ROOT), os.environ.get("PYTHONPATH"))))

autodoc_member_order = "bysource"
autodoc_typehints = "description"
autodoc_typehints_description_target = "documented"
# A word of a type, as in "shape (n, n_inputs)", may name attributes of several classes.
suppress_warnings = ["ref.python"]
napoleon_google_docstring = False
napoleon_use_ivar = True


def offer_source_files(app, document, content):
    """Links to files of the repository outside docs/ become downloads of them; on GitHub they lead there."""
    up = r"\]\((?=(?:\.\./)+(?:benchmarks|scripts|synapses|tacos|tasks|tests)/)"
    content[0] = re.sub(up, "](path:", content[0])


def setup(app):
    """What Sphinx asks for."""
    app.connect("source-read", offer_source_files)
