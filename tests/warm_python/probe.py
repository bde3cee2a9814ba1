"""Tells what a process has of who started it: see tests/test_warm_python.py.

python -m tests.warm_python.probe wait        (tells its process id)
python -m tests.warm_python.probe DESCRIPTOR EXIT_CODE
"""

import json
import os
import sys

if sys.argv[1] == "wait":
    print(os.getpid(), flush=True)
    sys.stdin.read()
descriptor, code = map(int, sys.argv[1:])
os.write(descriptor, b"by the pipe")
print("to stderr", file=sys.stderr)
told = {
    "typed": sys.stdin.read(),
    "directory": os.getcwd(),
    "set": os.environ["DBTREE_TEST_PROBE"],
    "is_warm": "dbt.cli.main" in sys.modules,
}
print(json.dumps(told))
sys.exit(code)
