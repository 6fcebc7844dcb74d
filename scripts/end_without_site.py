"""Ends supervisord once it has given the site up; see digitsite/supervisord.conf.

Else it would stay, with a worker and nothing that answers. Without a worker the site
still reads digits, and says on its training page that none has come.
"""

import os
import signal
import sys

from supervisor import childutils


def main() -> None:
    while True:
        _, payload = childutils.listener.wait()
        if childutils.get_headers(payload)["processname"] == "web":
            print("The site could not be started; see above.", file=sys.stderr)
            os.kill(os.getppid(), signal.SIGTERM)
        childutils.listener.ok()


if __name__ == "__main__":
    main()
