"""Lists of names and example values in sentences."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping

_MOST = 6


def listed(names: Iterable[str], last: str = "and") -> str:
    """```a`, `b` and `c```; at most six of them."""
    shown = [f"`{name}`" for name in names]
    if len(shown) > _MOST:
        shown = [*shown[:_MOST], "others"]
    return shown[0] if len(shown) == 1 else f"{', '.join(shown[:-1])} {last} {shown[-1]}" if shown else "none"


def values_in_words(values: Mapping[str, object]) -> str:
    """```approved` = true and `amount` = null``: an example that a warning gives."""
    each = [f"`{name}` = {json.dumps(value, ensure_ascii=False)}" for name, value in values.items()]
    return each[0] if len(each) == 1 else f"{', '.join(each[:-1])} and {each[-1]}" if each else ""
