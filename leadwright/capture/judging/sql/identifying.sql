-- name: maps
-- Which field of the contact each question of some forms fills. Carried by the unique code.
SELECT f.code, q.name, q.kind, q.maps_to
FROM attract_form f JOIN attract_formfield q ON q.form_id = f.id WHERE f.code = ANY (%(codes)s)
