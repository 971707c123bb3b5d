"""The project's settings, on a database and folders of the test run's own."""

import os
import tempfile

os.environ["PROTEM_HOME"] = tempfile.mkdtemp(prefix="protem-tests-")
if url := os.environ.get("PROTEM_TEST_DATABASE_URL"):
    os.environ["DATABASE_URL"] = url
else:
    os.environ.pop("DATABASE_URL", None)

from protem.config.settings import *  # noqa: F403 - the environment comes first

PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
TASKS = {"default": {"BACKEND": "django_tasks.backends.immediate.ImmediateBackend"}}
