"""What draws strangers in: personas, campaigns and their links, the public site, forms and resources.

Promise: every effort has a goal, a cost and links that tell it apart; every page can be published by a marketer alone.
Reads: workspace. Writes: personas, campaigns, spend, tracked links, forms, the site's pages.
"""
