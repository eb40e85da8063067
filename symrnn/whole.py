"""Writing a file whole or not at all."""

from __future__ import annotations

import errno
import os
import shutil
from pathlib import Path


def write_whole(text: str, path: str) -> None:
    """Write a text to a file by way of a draft beside it: whoever reads the file finds the old or the new one.

    A link stays a link, a file keeps its permissions; a pipe or a device is written to as it is.  Raises OSError,
    and leaves nothing behind.
    """
    if not path:
        raise FileNotFoundError(errno.ENOENT, "no name of a file")
    place = Path(os.path.realpath(path))
    if place.exists() and not place.is_file():
        place.write_text(text, encoding="utf-8")
        return
    if place.exists() and not os.access(place, os.W_OK):
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))
    draft = place.with_name(f".{place.name}.{os.getpid()}")
    try:
        draft.write_text(text, encoding="utf-8")
        if place.exists():
            shutil.copymode(place, draft)
        draft.replace(place)
    finally:
        draft.unlink(missing_ok=True)
