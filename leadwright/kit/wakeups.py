"""The statement that queues background work, known also to processes without Django.

Straight into procrastinate's table, because its own call raises where a job waits already, and an error ends the
caller's transaction. Its triggers notify the workers all the same.
"""

import json
from datetime import datetime

QUEUE = """
INSERT INTO procrastinate_jobs (queue_name, task_name, priority, queueing_lock, args, scheduled_at)
SELECT 'default', job->>'task', 0, job->>'queueing_lock', '{}', (job->>'at')::timestamptz
FROM jsonb_array_elements(%s::jsonb) AS job
ON CONFLICT (queueing_lock) WHERE status = 'todo' DO NOTHING
"""


def jobs(names: list[str], at: datetime | None = None) -> str:
    """The parameter of QUEUE: drains by name, now or at a moment."""
    lock = f"@{at:%Y-%m-%dT%H:%M:%S}" if at else ""
    return json.dumps(
        [{"task": name, "queueing_lock": name + lock, "at": at.isoformat() if at else None} for name in names]
    )
