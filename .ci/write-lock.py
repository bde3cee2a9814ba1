"""Turn pip's installation report (stdin) into constraints.txt (stdout)."""

import json
import sys

report = json.load(sys.stdin)
pins = {
    item["metadata"]["name"]: item["metadata"]["version"]
    for item in report["install"]
    if item["metadata"]["name"] != "dbtree"
}
print("# The versions of development and CI, on Python 3.11 and newer. Made by `make lock`.")
for name in sorted(pins, key=str.lower):
    print(f"{name}=={pins[name]}")
