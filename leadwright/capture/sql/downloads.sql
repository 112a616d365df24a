-- name: keep
-- One hit for judging, beside the collector's own COPY; no index but the log's is touched.
INSERT INTO capture_hit (received_at, kind, message_id, address, user_agent, payload)
VALUES (%(now)s, 'resource', %(message_id)s, %(address)s::inet, %(user_agent)s, %(payload)s::jsonb)
