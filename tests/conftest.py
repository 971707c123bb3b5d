"""How the whole suite runs: properties are searched without a clock, whatever the load.

In CI the same examples are tried each time, so that a change is judged by what it changed; at a
desk they are others each time, to find what nobody thought of.
"""

import os

from hypothesis import HealthCheck, settings

settings.register_profile(
    "protem",
    deadline=None,
    derandomize=os.environ.get("CI") == "true",
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
)
settings.load_profile("protem")
