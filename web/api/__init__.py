"""The open API: outdoor air and parking for everybody, and never a dwelling."""

from web.api import about, parking, readings, smart_data
from web.api.sensor_things import routes

ROUTERS = (
    readings.router,
    parking.router,
    smart_data.router,
    about.router,
    about.pages,
    routes.router,
)
"""Every part of the API, in the order of its description."""
