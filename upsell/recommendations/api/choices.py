"""The words that the API answers with, as choices of its fields."""

from upsell.conf import DEFAULT_CHAINS
from upsell.core.trace import Code
from upsell.recommendations.base import Origin, Table

WIDGETS = [(name, name.replace("_", " ")) for name in DEFAULT_CHAINS]
ORIGINS = [(origin.name.lower(), origin.name.lower()) for origin in Origin]
TABLES = [(table.name.lower(), table.name.lower()) for table in Table]
CODES = [(code.value, code.value) for code in Code]
