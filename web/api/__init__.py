"""The open API: outdoor air and parking for everybody, and never a dwelling."""

from web.api.sensor_things import routes

ROUTERS = (routes.router,)
"""Every part of the API."""
