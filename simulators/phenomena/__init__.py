"""Physical signals of a borough, as functions of a seed and of time.

    weather   outdoor air: temperature, humidity, pressure, wind
    home      a room: fabric, heating, people, moisture and air change
    street    particles beside a road or a construction site
    parking   the bays of a car park
    indoor_air, outdoor_gas, noise ...   what the other families measure

Times are Unix seconds (UTC) as floats; a signal gives properties in the units of
`decoders.properties`.
"""
