"""Looks into the image worker from the inside: ``probe`` puts a ``sitecustomize`` into its path.

Python loads that before anything else, so it sees every file that is opened and can hang or bloat the process.
"""

from __future__ import annotations

import json
from pathlib import Path

from df_chat.media import images

REPORT = """
import atexit, json, os, sys, time
WRITES = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC
written, others = [], []

def watch(event, args):
    if event == "open" and isinstance(args[2], int) and args[2] & WRITES:
        written.append(os.path.abspath(str(args[0])))
    elif event.startswith(("socket.", "subprocess.", "os.exec", "os.fork", "os.posix_spawn", "os.system", "ctypes.")):
        others.append(event)

def report():
    status = dict(line.split(":", 1) for line in open("/proc/self/status"))
    seen = list(written)
    with open({path!r}, "w") as target:
        json.dump({{
            "memory": int(status["VmHWM"].split()[0]) * 1024,
            "seconds": time.process_time(),
            "written": seen,
            "others": others,
            "environment": sorted(os.environ),
            "modules": sorted(sys.modules),
            "argv": sys.argv,
        }}, target)

atexit.register(report)
sys.addaudithook(watch)
"""


class Probe:
    """Runs code of its own at the start of each worker, and reads what the last one reported."""

    def __init__(self, folder: Path, monkeypatch) -> None:
        self.report_path = folder / "report.json"
        self._code = folder / "sitecustomize.py"
        self._code.write_text(REPORT.format(path=str(self.report_path)))
        monkeypatch.syspath_prepend(str(folder))

    def run_first(self, code: str) -> None:
        self._code.write_text(code)

    def report(self) -> dict[str, object]:
        return json.loads(self.report_path.read_text())

    def forget(self) -> None:
        self.report_path.unlink(missing_ok=True)


def temporary_folders(parent: Path) -> list[Path]:
    return list(parent.glob(f"{images.FOLDER_PREFIX}*"))
