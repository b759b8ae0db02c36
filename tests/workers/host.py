"""A host that is killed: ``python -m tests.workers.host STATE LOG COUNT [PIDS]`` submits tasks, says so, and waits to be killed."""

from __future__ import annotations

import sys

from streamtools.workers.supervisor import Supervisor


def main() -> None:
    """Submit, and wait."""
    state, log, count, *pids = sys.argv[1:]
    with Supervisor(state, max_workers=3) as supervisor:
        if pids:
            supervisor.submit("tests.workers.tasks:family", {"pid_file": pids[0]})
        for number in range(int(count)):
            supervisor.submit("tests.workers.tasks:once", {"log": log, "name": f"t{number}", "seconds": 0.05})
        print("ready", flush=True)
        sys.stdin.read()


if __name__ == "__main__":
    main()
