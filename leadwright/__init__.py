"""Leadwright: strangers become leads, leads become customers, and every step is counted.

The packages follow a lead's way through the system; a package imports only what stands above it:
kit, workspace, ui, attract, capture, profile, qualify, engage, nurture, handover, measure, improve, main.
`market` stands outside and knows the product only through HTTP, SMTP and the API.
"""

__version__ = "0.1.0"
