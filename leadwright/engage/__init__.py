"""One message to one person: emails, their frozen versions, messages, sending, the built-in mailbox.

Promise: a message is a row before it is anything else; nobody gets it twice; who does not get it is told why.
Reads: contacts, consent, segments. Writes: emails, versions, messages, deliveries, broadcasts, the mailbox.
"""
