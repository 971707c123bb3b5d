"""The WSGI application that ``protem serve`` and any other server run."""

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "protem.config.settings")
application = get_wsgi_application()
