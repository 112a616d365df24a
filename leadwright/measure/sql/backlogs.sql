-- name: backlog
-- What waits in the machine and since when, for the administrator's panel, /metrics and /readyz.
-- Hits behind the place that judging has reached are found by capture_hit (tx, id); messages by the partial indexes
-- message_queue and message_unsure; procrastinate forgets jobs that succeeded, so its table stays small.
SELECT
    (SELECT count(*) FROM capture_hit h, (SELECT coalesce(max(tx), 0) AS tx, coalesce(max(seq), 0) AS seq
                                          FROM capture_position WHERE reader = 'capture.judge') p
     WHERE (h.tx, h.id) > (p.tx::text::xid8, p.seq)) AS hits_waiting,
    (SELECT count(*) FROM capture_refusal
     WHERE received_at > %(now)s::timestamptz - interval '1 day') AS hits_refused,
    (SELECT count(*) FROM engage_message WHERE state = 'queued' AND due_at <= %(now)s) AS messages_due,
    (SELECT coalesce(extract(epoch FROM %(now)s - min(due_at)), 0) FROM engage_message
     WHERE state = 'queued' AND due_at <= %(now)s) AS messages_due_seconds,
    (SELECT count(*) FROM engage_message WHERE state = 'sending'
     AND sending_at < %(now)s::timestamptz - interval '5 minutes') AS messages_unsure,
    (SELECT count(*) FROM procrastinate_jobs
     WHERE status = 'todo' AND coalesce(scheduled_at, %(now)s) <= %(now)s) AS jobs_waiting,
    (SELECT count(*) FROM procrastinate_jobs WHERE status = 'failed') AS jobs_failed,
    (SELECT coalesce(string_agg(DISTINCT task_name, ', '), '') FROM procrastinate_jobs
     WHERE status = 'failed') AS failed_names,
    (SELECT count(*) FROM procrastinate_workers
     WHERE last_heartbeat > %(now)s::timestamptz - interval '1 minute') AS workers_alive
