"""schemathesis makes requests out of the server's own description, right and wrong ones, and compares the answers with it.

usage: PYTHONPATH=.cache/server python3 Scripts/server/check_description.py BINARY RERANK_MODEL [EXAMPLES]
"""
import subprocess
import sys
import tempfile

from serving import serving


def main(binary, rerank, examples):
    with tempfile.TemporaryDirectory() as folder:
        index = folder + "/index"
        subprocess.run([binary, "index", "build", "--quiet", "Examples/reports", "--index", index], check=True, stdout=subprocess.DEVNULL)
        with serving(binary, "--model", f"rerank={rerank}", "--index", index) as server:
            done = subprocess.run(
                [sys.executable, "-m", "schemathesis.cli", "run", server.url + "/openapi.json", "--checks", "all",
                 "--max-examples", examples, "--seed", "1", "--generation-database", "none", "--request-timeout", "60",
                 # The server reads more than it must where that does no harm: unknown members, an empty list in place of none.
                 "--exclude-checks", "positive_data_acceptance"],
                cwd=folder)
            assert done.returncode == 0, "the answers are not what openapi.json says"
            assert not [line for line in server.text().splitlines() if '"status":5' in line], "a request got 5xx"


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], sys.argv[3] if len(sys.argv) > 3 else "15")
