"""The demo company Tidemark: three invented years, written as its tools' exports."""

COMPANY = "Tidemark"
