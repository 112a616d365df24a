-- name: backlog
-- How much waits, and since when; each count is carried by a partial index or stops early.
SELECT (SELECT count(*) FROM capture_hit h, (SELECT coalesce(max(tx), 0) AS tx, coalesce(max(seq), 0) AS seq
                                             FROM capture_position WHERE reader = 'capture.judge') p
        WHERE (h.tx, h.id) > (p.tx::text::xid8, p.seq)) AS hits_waiting,
       (SELECT count(*) FROM engage_message WHERE state = 'queued' AND due_at <= %(now)s) AS messages_due,
       (SELECT coalesce(extract(epoch FROM %(now)s - min(due_at)), 0) FROM engage_message
        WHERE state = 'queued' AND due_at <= %(now)s) AS messages_due_seconds,
       (SELECT count(*) FROM engage_message WHERE state = 'sending'
        AND sending_at < %(now)s::timestamptz - interval '5 minutes') AS messages_unsure,
       (SELECT count(*) FROM procrastinate_jobs WHERE status = 'todo' AND coalesce(scheduled_at, %(now)s) <= %(now)s)
           AS jobs_waiting,
       (SELECT count(*) FROM procrastinate_jobs WHERE status = 'failed') AS jobs_failed,
       (SELECT count(*) FROM procrastinate_workers WHERE last_heartbeat > %(now)s::timestamptz - interval '1 minute')
           AS workers_alive

-- name: estimates
-- The planner's own row counts: free, and good to a few percent after an analyze.
SELECT c.relname AS name, greatest(c.reltuples, 0)::bigint AS rows
FROM pg_class c WHERE c.relname IN ('profile_contact', 'profile_company', 'qualify_lead', 'engage_message')
