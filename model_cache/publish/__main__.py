"""`python -m model_cache.publish best.pt gs://bucket/models/helmets`; --help tells the rest.

Exit status: 0 when it is done, 1 when it cannot be (one sentence on standard error), 2 for a wrong command line.
"""

from __future__ import annotations

import os
import signal
import sys
import tempfile

from model_cache.publish import arguments
from model_cache.publish.errors import PublishError


def main(words: list[str] | None = None) -> int:
    wanted = arguments.parse(sys.argv[1:] if words is None else words)
    # Before ultralytics is imported by anyone: it must not run, install, send or print anything by itself.
    os.environ.update(ULTRALYTICS_SAFE_LOAD="1", YOLO_AUTOINSTALL="0", YOLO_OFFLINE="1", YOLO_VERBOSE="0")
    os.environ.setdefault("YOLO_CONFIG_DIR", os.path.join(tempfile.gettempdir(), "yolo-endpoint-ultralytics"))
    try:
        from model_cache.publish.commands import COMMANDS

        return COMMANDS[wanted.run](wanted)
    except PublishError as error:
        print(error, file=sys.stderr)
    except ModuleNotFoundError as error:
        print(f"{error.name} is missing here: pip install -r requirements-publish.txt", file=sys.stderr)
    except KeyboardInterrupt:
        print("Stopped; what was not yet in models.json is not served.", file=sys.stderr)
    return 1


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # so that what lies in temporary folders is taken away
    sys.exit(main())
