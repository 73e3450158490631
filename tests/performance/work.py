"""One measured task in a fresh process: ``python -m tests.performance.work TASK {json}``; the answer is one JSON line.

The bench starts it with the environment of the database under test, so that time and memory are of this task alone.
"""

import json
import os
import sys


def main(name: str, arguments: str) -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    import django

    django.setup()
    from tests.performance import tasks

    print(json.dumps(tasks.TASKS[name](**json.loads(arguments)), ensure_ascii=False))


if __name__ == "__main__":
    main(*sys.argv[1:])
