# Runs in the system that Scripts/service-test.sh boots. The first command that fails ends it.
set -euxo pipefail

ask() { curl --silent --show-error --max-time 30 "$@"; }
# `!` would not end the script.
not() {
    if "$@"; then return 1; fi
}
started() {
    systemctl start securebert
    for _ in $(seq 150); do
        ! ask --fail --output /dev/null http://127.0.0.1:3000/ready || return 0
        sleep 0.2
    done
    journalctl --no-pager --unit securebert
    return 1
}

# As it was installed: neither enabled nor running.
not systemctl is-enabled --quiet securebert
not systemctl is-active --quiet securebert

started
process=$(systemctl show --property MainPID --value securebert)
grep '^CapBnd:\s*0000000000000000$' "/proc/$process/status"
grep '^NoNewPrivs:\s*1$' "/proc/$process/status"
grep '^Seccomp:\s*2$' "/proc/$process/status"
[ "$(stat --format %u "/proc/$process")" -ge 61184 ]
ask --header 'Content-Type: application/json' --data '{"inputs": "lateral movement"}' http://127.0.0.1:3000/embed | grep '^\[\['
# A PDF is read by a program that the service starts.
report=$(mktemp --suffix .pdf)
text='BT /F1 18 Tf 20 100 Td (Mimikatz dumped lsass on 203.0.113.9) Tj ET'
printf '%%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n2 0 obj<</Type/Pages/Kids[3 0 R]/Count 1>>endobj\n3 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 600 200]/Contents 4 0 R/Resources<</Font<</F1 5 0 R>>>>>>endobj\n4 0 obj<</Length %d>>stream\n%s\nendstream endobj\n5 0 obj<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>endobj\ntrailer<</Size 6/Root 1 0 R>>\n%%%%EOF\n' "${#text}" "$text" > "$report"
ask --form "file=@$report;filename=report.pdf" http://127.0.0.1:3000/stix | grep --only-matching '203\.0\.113\.9' | head -n 1
systemctl stop securebert
[ "$(systemctl show --property Result --value securebert)" = success ]

# Keys, as the example shows: the file is root's alone, the service gets a copy.
mkdir -p /etc/systemd/system/securebert.service.d
cp /usr/share/doc/securebert/examples/api-keys.conf /etc/systemd/system/securebert.service.d/
(umask 077 && securebert serve --new-key test > /etc/securebert/api-keys 2> /root/key)
systemctl daemon-reload
started
[ "$(ask --output /dev/null --write-out '%{http_code}' http://127.0.0.1:3000/info)" = 401 ]
ask --fail --output /dev/null --header "Authorization: Bearer $(grep -o 'sb_[0-9a-f]*' /root/key)" http://127.0.0.1:3000/info

# The log is JSON, line for line.
systemctl stop securebert
journalctl --no-pager --output cat _SYSTEMD_UNIT=securebert.service > /root/log
grep '"message":"listening on' /root/log
not grep -v '^{.*}$' /root/log

# It ends with its package.
systemctl start securebert
dpkg --remove securebert
not systemctl is-active --quiet securebert
