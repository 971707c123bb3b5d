"""How the whole suite runs: properties are searched without a clock, whatever the load."""

from hypothesis import HealthCheck, settings

settings.register_profile(
    "protem",
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
)
settings.load_profile("protem")
