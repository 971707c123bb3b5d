"""Which words in a calendar entry or ticket mean which kind of work; the first rule wins.

Words are matched whole and in lower case; ``*`` stands for any letters. Private entries say
nothing, and count as unknown rather than as no security work.
"""

PRIVATE = ("busy", "private", "private appointment", "hold", "blocked", "appointment")
"""Whole titles that hide what the time was for, besides an empty one."""

AWAY = (
    "ooo", "out of office", "out of the office", "pto", "vacation", "holiday", "holidays",
    "annual leave", "on leave", "parental leave", "sick", "sick leave", "time off", "day off",
    "bank holiday", "public holiday",
)  # fmt: skip
"""Words in an all-day entry that mean that nobody worked."""

NOT_SECURITY = (
    "secret santa", "job security", "social security", "at risk customer", "at risk accounts",
    "churn risk", "risk of churn", "financial audit", "tax audit", "seo audit", "sales call",
)  # fmt: skip
"""Phrases that hold a rule's word but are other work."""

RULES: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("assurance", (
        "security review*", "security questionnaire*", "questionnaire*", "sig lite", "sig core",
        "caiq", "vendor assessment", "customer security", "security call", "trust center",
        "customer assurance", "infosec call", "security due diligence",
    )),
    ("compliance", (
        "soc 2", "soc2", "iso 27001", "iso27001", "hitrust", "hipaa", "pci", "pci dss",
        "fedramp", "govramp", "cmmc", "auditor*", "audit*", "evidence collection", "gdpr",
        "surveillance audit", "compliance", "drata", "vanta", "secureframe", "policy review",
    )),
    ("vulnerabilities and incidents", (
        "incident*", "postmortem", "post mortem", "breach*", "phishing", "vulnerabilit*",
        "cve*", "patch*", "mdr", "edr", "soc escalation", "crowdstrike", "sentinelone",
        "security alert*", "pen test*", "pentest*", "penetration test*", "red team",
        "bug bounty", "remediation", "forensic*",
    )),
    ("vendor", (
        "vendor review*", "vendor risk", "vendor security", "third party risk", "tprm",
        "subprocessor*", "supplier review*",
    )),
    ("risk and board", (
        "risk", "risks", "risk register", "risk review", "board security", "security update",
        "security committee", "cyber insurance", "tabletop", "cyber",
    )),
    ("product security", (
        "threat model*", "security design", "appsec", "secure code", "secure design",
        "secret rotation", "sso", "encryption", "access review*", "iam",
    )),
    ("people and tooling", (
        "security training", "security awareness", "ciso", "security engineer*", "security",
        "infosec", "siem", "okta review",
    )),
)  # fmt: skip
"""Category and its words, in the order in which they are tried."""
