"""Small tools that know nothing of leads: clock, ids, SQL, signing, registries, jobs, configuration.

Promise: importing anything here costs nothing and changes nothing; nothing here names a lead.
Reads: the environment. Writes: nothing but background jobs.
"""
