"""How the documentation is built: ``make docs``."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from upsell import __version__

project = "upsell"
author = copyright = "The upsell developers"
version = release = __version__

extensions = ["myst_parser"]
source_suffix = {".md": "markdown"}
exclude_patterns = ["_build"]
myst_enable_extensions = ["deflist", "dollarmath", "colon_fence", "fieldlist"]
myst_heading_anchors = 3

html_theme = "furo"
html_title = f"upsell {__version__}"
html_math_renderer = "mathjax"
mathjax_path = ""  # formulas are written so that they read well unrendered; nothing is loaded from outside
