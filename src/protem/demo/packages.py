"""The packages in which Tidemark's vulnerabilities are found, with versions that move on."""

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True, slots=True)
class Package:
    """One package of one ecosystem; ``binaries`` are what a Debian source is split into."""

    ecosystem: str
    """``deb``, ``npm``, ``pip``, ``maven``, ``go`` or ``kb`` (Windows)."""
    name: str
    version: str
    binaries: tuple[str, ...] = ()

    def fixed_in(self, step: int) -> str:
        """The version that mends the ``step``-th flaw of this package."""
        if self.ecosystem == "deb":
            return f"{self.version}+deb12u{step + 1}"
        head, _, tail = self.version.rpartition(".")
        return f"{head}.{int(tail) + step + 1}"

    def affected(self, step: int) -> str:
        """The version installed before that."""
        if self.ecosystem == "deb":
            return f"{self.version}+deb12u{step}" if step else self.version
        head, _, tail = self.version.rpartition(".")
        return f"{head}.{int(tail) + step}"


def _debian(*rows: tuple[str, str, str]) -> tuple[Package, ...]:
    return tuple(
        Package(ecosystem="deb", name=name, version=version, binaries=tuple(parts.split()))
        for name, version, parts in rows
    )


DEBIAN = _debian(
    ("openssl", "3.0.9-1", "openssl libssl3"),
    ("curl", "7.88.1-10", "curl libcurl4 libcurl3-gnutls"),
    ("glibc", "2.36-9", "libc6 libc-bin"),
    ("systemd", "252.17-1", "systemd libsystemd0 libudev1"),
    ("expat", "2.5.0-1", "libexpat1"),
    ("krb5", "1.20.1-2", "libkrb5-3 libgssapi-krb5-2 libk5crypto3"),
    ("gnutls28", "3.7.9-2", "libgnutls30"),
    ("libxml2", "2.9.14-1", "libxml2"),
    ("zlib", "1.2.13-1", "zlib1g"),
    ("perl", "5.36.0-7", "perl perl-base libperl5.36"),
    ("python3.11", "3.11.2-6", "python3.11 libpython3.11-stdlib"),
    ("util-linux", "2.38.1-5", "util-linux libblkid1 libmount1"),
    ("ncurses", "6.4-4", "libncursesw6 libtinfo6"),
    ("sqlite3", "3.40.1-2", "libsqlite3-0"),
    ("libtasn1-6", "4.19.0-2", "libtasn1-6"),
    ("shadow", "4.13-1", "passwd login"),
    ("tar", "1.34-1", "tar"),
    ("gcc-12", "12.2.0-14", "libstdc++6 libgcc-s1"),
    ("openldap", "2.5.13-5", "libldap-2.5-0"),
    ("nghttp2", "1.52.0-1", "libnghttp2-14"),
)
SERVER_EXTRAS = _debian(
    ("linux", "6.1.55-1", "linux-image-amd64"),
    ("openssh", "9.2p1-2", "openssh-server"),
    ("postgresql-15", "15.4-0", "postgresql-15"),
    ("nginx", "1.22.1-9", "nginx"),
    ("bind9", "9.18.19-1", "bind9-libs"),
    ("sudo", "1.9.13p3-1", "sudo"),
    ("redis", "7.0.11-1", "redis-server"),
    ("haproxy", "2.6.12-1", "haproxy"),
    ("vim", "9.0.1378-2", "vim"),
    ("git", "2.39.2-1", "git"),
)
SERVER_PACKAGES = DEBIAN + SERVER_EXTRAS


def _of(ecosystem: str, listing: str) -> tuple[Package, ...]:
    pairs = (item.split("@") for item in listing.split())
    return tuple(
        Package(ecosystem=ecosystem, name=name, version=version) for name, version in pairs
    )


NPM = _of(
    "npm",
    "lodash@4.17.15 axios@0.27.1 express@4.17.1 minimist@1.2.3 follow-redirects@1.14.7 "
    "semver@7.3.5 ws@8.5.0 tough-cookie@4.0.0 json5@2.2.0 word-wrap@1.2.2 postcss@8.4.14 "
    "webpack@5.75.0 vite@4.3.1 next@13.2.4 undici@5.19.1 braces@3.0.1 qs@6.9.6 marked@4.0.9 "
    "jsonwebtoken@8.5.1 node-fetch@2.6.6",
)
PYPI = _of(
    "pip",
    "requests@2.28.1 urllib3@1.26.12 django@4.2.1 jinja2@3.1.1 cryptography@41.0.1 "
    "pillow@9.5.0 aiohttp@3.8.4 werkzeug@2.2.2 certifi@2023.5.7 pyyaml@5.4.0 sqlparse@0.4.3 "
    "starlette@0.27.0 gunicorn@20.1.0 setuptools@65.5.0 idna@3.4.0",
)
MAVEN = _of(
    "maven",
    "org.apache.logging.log4j:log4j-core@2.17.1 org.springframework:spring-web@5.3.27 "
    "com.fasterxml.jackson.core:jackson-databind@2.13.2 io.netty:netty-codec-http@4.1.86 "
    "org.apache.commons:commons-text@1.10.0 org.yaml:snakeyaml@1.33.0 "
    "org.postgresql:postgresql@42.5.1 ch.qos.logback:logback-core@1.2.11",
)
GO = _of(
    "go",
    "golang.org/x/net@0.7.0 golang.org/x/crypto@0.6.0 google.golang.org/grpc@1.53.0 "
    "github.com/gin-gonic/gin@1.8.1 github.com/golang-jwt/jwt@4.4.2 "
    "github.com/docker/docker@20.10.22 github.com/opencontainers/runc@1.1.4",
)
MANIFESTS = {
    "npm": "package-lock.json",
    "pip": "requirements.txt",
    "maven": "pom.xml",
    "go": "go.mod",
}
BY_ECOSYSTEM = {"npm": NPM, "pip": PYPI, "maven": MAVEN, "go": GO}


def ecosystem_of(repository: str) -> str:
    """What a repository is written in."""
    if repository.endswith(("-python", "-scoring", "-pipeline", "-jobs")):
        return "pip"
    if repository in {"billing", "payments-api", "ledger-service", "sdk-java", "fraud-rules"}:
        return "maven"
    if repository in {"infra-live", "terraform-modules", "helm-charts", "rate-limiter"}:
        return "go"
    return "npm" if len(repository) % 2 else "pip"
