// Something to try. The report is made up; its addresses are those that are reserved for documentation.

export const exampleReport = `Intrusion at a logistics company

In March the attackers sent spearphishing emails with a malicious Word attachment to employees of the finance department. When it was opened, a macro started PowerShell with an encoded command, which downloaded Cobalt Strike from hxxps://updates[.]example[.]com/beacon.bin (203.0.113[.]45).

The implant added a value below HKEY_CURRENT_USER\\Software\\Microsoft\\Windows\\CurrentVersion\\Run so that it survived a restart. The attackers then used Mimikatz to dump credentials from LSASS memory, and moved on to the file server over Remote Desktop Protocol. There they exploited CVE-2020-1472 to become domain administrator.

Archives of stolen documents were made with 7-Zip and sent to 198.51.100[.]23:8443 over HTTPS. Before the Conti ransomware was started on all servers, the volume shadow copies were removed with vssadmin.exe delete shadows /all /quiet.

Indicators
SHA-256 of the loader: 9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08
Sender: billing[@]invoices[.]example[.]net
`;

export const exampleMasks = [
  "Adversaries may attempt to dump <mask> to obtain account login and credential material.",
  "The ransomware <mask> files on the network and demands a payment.",
  "The attacker exploited a buffer <mask> to run arbitrary <mask>.",
];

/** The first function reads behind the end of the packet; the threshold is below the model's own, so that it is shown. */
export const exampleCode = {
  path: "options.c",
  threshold: 0.2,
  content: `#include "packet.h"

/* Prints the options of a packet that somebody has sent. */
static const u_char *
print_options(netdissect_options *ndo, const u_char *bp, const u_char *ep)
{
    u_int type, length;
    const u_char *value;

    while (bp < ep) {
        type = bp[0];
        length = bp[1];
        value = bp + 2;
        switch (type) {
        case OPTION_ADDRESS:
            ND_PRINT((ndo, " address %s", ipaddr_string(ndo, value)));
            break;
        case OPTION_LIFETIME:
            ND_PRINT((ndo, " lifetime %us", EXTRACT_32BITS(value)));
            break;
        case OPTION_NAME:
            ND_PRINT((ndo, " name "));
            safeputs(ndo, value, length);
            break;
        default:
            ND_PRINT((ndo, " option %u", type));
            break;
        }
        bp += 2 + length;
    }
    return bp;
}

/* Copies the name of a session into a reply. */
static int
copy_name(struct reply *reply, const struct session *session)
{
    size_t length = strlen(session->name);

    if (length >= sizeof(reply->name))
        return -1;
    memcpy(reply->name, session->name, length + 1);
    return 0;
}
`,
};
