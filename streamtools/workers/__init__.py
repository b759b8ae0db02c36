"""Ephemeral workers: each task in a fresh process of its own, queued and answered through SQLite.

    with Supervisor(max_workers=4) as supervisor:
        number = supervisor.submit("grep", {"pattern": "TODO"}, roots=["project"])
        print(supervisor.result(number).text)

``supervisor`` hands out and watches, ``worker`` is what runs in the child, ``store`` are the tables, ``task`` is what a task and its result
are, ``watching`` holds one child to its limits, ``runner`` lets a `Toolset` make its calls here.
"""
