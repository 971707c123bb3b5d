"""The company, the people who sign in, and the one-time links that let the first of them in."""

from typing import Any, ClassVar

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.db import models

from protem.people.access import Role


class PersonManager(BaseUserManager["Person"]):
    """Creates people by address; there are no user names."""

    def create_user(self, email: str, password: str | None = None, **fields: Any) -> "Person":
        person = self.model(email=self.normalize_email(email).lower(), **fields)
        person.set_password(password)
        person.save(using=self._db)
        return person


class Person(AbstractBaseUser):
    """Someone with access to this instance, known by address."""

    email = models.EmailField(unique=True)
    name = models.CharField(max_length=200, blank=True)
    role = models.CharField(max_length=16, choices=Role.choices(), default=Role.OWNER)
    is_active = models.BooleanField(default=True)
    created_at = models.DateTimeField()

    USERNAME_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = []
    objects = PersonManager()

    def __str__(self) -> str:
        return self.name or self.email


class Company(models.Model):
    """Whose security program this is: one row, as one instance holds one company."""

    name = models.CharField(max_length=200)
    changed_at = models.DateTimeField()

    def __str__(self) -> str:
        return self.name


class LoginLink(models.Model):
    """A link that signs one person in once; only the hash of its token is kept."""

    person = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="login_links")
    token_hash = models.CharField(max_length=64, unique=True)
    expires_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return f"login link for {self.person_id}, until {self.expires_at:%Y-%m-%d %H:%M}"


class SavedView(models.Model):
    """A list as one person wants to see it again: a page's address with its filters."""

    person = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="saved_views")
    path = models.CharField(max_length=200)
    """The page, such as ``/findings/``."""
    query = models.CharField(max_length=2000)
    """Filters and order, such as ``severity=critical&sort=-age``."""
    name = models.CharField(max_length=80)
    created_at = models.DateTimeField()
    removed_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [models.Index(fields=["person", "path"])]

    def __str__(self) -> str:
        return f"{self.name}: {self.path}?{self.query}"
