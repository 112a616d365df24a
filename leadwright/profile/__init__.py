"""Somebody: contacts and companies, who is who, and what they allowed.

Promise: one person is one contact; two people never become one by accident; what was allowed can be proved.
Reads: activities and hits' identifiers. Writes: contacts, companies, identities, consent, suppressions.
"""
