"""A seeded borough: physical signals, real bytes, real events, and the truth about them.

    scenario    a YAML file, checked          -> what is there and what happens
    fleet       scenario + seed               -> devices with their surroundings
    device      surroundings                  -> frames: quantised, encoded, counted
    radio       frames                        -> what the gateways heard; some are lost
    faults      uplinks                       -> messages, a few of them bad on purpose
    publisher   messages, on a virtual clock  -> the broker
    truth       what the broker took          -> what a correct system must conclude

The same seed gives the same bytes.
"""
