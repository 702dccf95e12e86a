"""The client's core with one of its rules broken."""

from __future__ import annotations

import itertools
import sys
from pathlib import Path
from types import ModuleType

import df_chat.testing
from df_chat.testing.session import Session

CORE = Path(df_chat.testing.__file__).parent
# In the order in which they import one another; what they ask of their transport stays the same.
MODULES = ("objects", "outbox", "replica", "session")
_numbers = itertools.count(1)


def broken_session(module: str, old: str, new: str) -> type[Session]:
    """The core with one text of one of its modules replaced."""
    package = f"broken_core_{next(_numbers)}"
    for name in MODULES:
        source = (CORE / f"{name}.py").read_text()
        if name == module:
            assert source.count(old) == 1, f"{old!r} is {source.count(old)} times in {name}"
            source = source.replace(old, new)
        for other in MODULES:
            source = source.replace(f"df_chat.testing.{other} import", f"{package}.{other} import")
        made = sys.modules[f"{package}.{name}"] = ModuleType(f"{package}.{name}")
        sys.modules.setdefault(package, ModuleType(package))
        exec(compile(source, f"{package}/{name}.py", "exec"), made.__dict__)
    broken: type[Session] = made.Session
    return broken
