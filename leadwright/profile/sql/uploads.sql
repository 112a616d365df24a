-- name: of_contacts
-- The files that some contacts sent, also with submissions that were kept aside under their addresses. Carried by the
-- identities' index on contact_id, the uploads' on subject_id and message_id, and that on the email of what was kept.
SELECT u.id, u.name, u.size, u.form_code, u.received_at
FROM profile_identity i JOIN capture_upload u ON u.subject_id = i.subject_id
WHERE i.contact_id = ANY (%(contacts)s)
UNION
SELECT u.id, u.name, u.size, u.form_code, u.received_at
FROM profile_contact c
JOIN capture_heldsubmission h ON h.email <> '' AND h.email = c.email_key
JOIN capture_upload u ON u.message_id = coalesce(h.payload ->> 'was', h.message_id)
WHERE c.id = ANY (%(contacts)s)
