#!/usr/bin/env bash
# What the shipped models do with the files in Examples, offline. Sentences with a mask are from ATT&CK.
# usage: Scripts/demo.sh BINARY
set -euo pipefail
cd "$(dirname "$0")/.."
binary=$1

# Shows a command as a user would type it, and runs it.
run() {
    printf '\n$ securebert'
    for argument in "$@"; do
        [[ $argument == *[[:space:]]* ]] && printf " '%s'" "$argument" || printf ' %s' "$argument"
    done
    printf '\n'
    "$binary" "$@"
}

run fill-mask "Adversaries may abuse the Windows service control <mask> to execute malicious commands or payloads." --top-k 3
run fill-mask "Adversaries may attempt to dump <mask> to obtain account login and credential material." --top-k 3
run fill-mask "Adversaries may delete or modify artifacts generated within systems to remove <mask> of their presence." --top-k 3
printf '\n$ sed -n 28,29p Examples/reports/08-cisa-stopransomware-hive.txt | securebert ner\n'
sed -n 28,29p Examples/reports/08-cisa-stopransomware-hive.txt | "$binary" ner
run classify Examples/sentences.txt --top-k 1
run search "Attackers delete backups so that files cannot be recovered." Examples/reports --top-k 2
run scan --no-cache --threshold 0.2 Examples/functions
printf '\n$ cat Examples/logs/normal.log Examples/logs/today.log | securebert logs --warm-up 500\n'
cat Examples/logs/normal.log Examples/logs/today.log | "$binary" logs --warm-up 500
printf '\n$ securebert comply --framework nist-800-53 Examples/policy.md | head -n 11\n'
"$binary" comply --framework nist-800-53 Examples/policy.md | head -n 11
run search "The malware steals passwords saved in browsers." Examples/reports --top-k 2
