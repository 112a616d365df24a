"""Worth a talk? Segments, scores, and leads with their stages.

Promise: every membership, point and stage can say why. Reads: contacts, activities, consent.
Writes: segments and members, score rules and points, leads and their moves.
"""
