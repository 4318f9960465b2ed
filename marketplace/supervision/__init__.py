"""投诉、认定、暂停与清退. Owns complaints, findings, exit cases and sanctions. Promises due process: only decided
facts count, the agency is heard, another person decides, every sanction has an end, and running contracts go on."""
