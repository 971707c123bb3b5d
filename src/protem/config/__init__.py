"""Settings and the site's entry points; read through django.conf, never imported."""
