"""Files that are never half written: everything that the course stores goes through here."""

import os
import tempfile
from pathlib import Path


def replace_file(path, write):
    """Call `write(temporary path)`, then rename the file to `path`: one sees the old or the new."""
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    os.close(handle)
    try:
        write(temporary)
        os.chmod(temporary, 0o644)
        os.replace(temporary, path)
    except BaseException:
        os.unlink(temporary)
        raise
