-- name: known
-- Which of the message ids of a set were noted before. Carried by the primary key.
SELECT message_id FROM capture_seenmessage WHERE message_id = ANY (%(messages)s)
