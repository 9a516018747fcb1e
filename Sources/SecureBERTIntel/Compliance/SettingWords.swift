/// What controls call the things that settings name. `minlen = 14` and "authenticator complexity" have no word in common, so neither
/// keywords nor vectors lead from one to the other.
///
/// Chosen on one half of the rules of ComplianceAsCode, see Documentation/experiments.md.
enum SettingWords {
    /// Words of controls for a setting: those of the kind of file, then those of its words.
    /// - Parameters:
    ///   - words: The setting, names in words.
    ///   - file: The file's path. Folders tell the kind, too: `/etc/audit/rules.d/10-base.rules`.
    static func explanation(of words: String, in file: String) -> String {
        let path = file.lowercased().split(separator: "/").suffix(3).joined(separator: "/")
        var found = kinds.filter { $0.names.contains { path.contains($0) } }.map(\.words)
        for word in words.lowercased().split(whereSeparator: { !$0.isLetter && !$0.isNumber }) {
            for phrase in phrases[word] ?? [] where !found.contains(phrase) { found.append(phrase) }
        }
        return found.joined(separator: " ")
    }

    private static let phrases: [Substring: [String]] = {
        var phrases: [Substring: [String]] = [:]
        for (phrase, words) in terms {
            for word in words.split(separator: " ") { phrases[word, default: []].append(phrase) }
        }
        return phrases
    }()

    /// Parts of paths.
    private static let kinds: [(names: [String], words: String)] = [
        (["sshd", "ssh_config"], "remote access session"),
        (["audit", "rules.d"], "event logging audit record generation"),
        (["sysctl"], "system kernel network least functionality"),
        (["fstab"], "media mount least functionality"),
        (["modprobe"], "disable function least functionality"),
        (["pwquality", "login.defs", "libuser", "shadow"], "password authenticator management"),
        (["faillock"], "unsuccessful logon attempts"),
        (["sudoers"], "privileged functions least privilege"),
        (["system-auth", "password-auth", "common-", "pam"], "authentication authenticator"),
        (["grub"], "system boot"),
        (["chrony", "ntp", "timesyncd"], "time stamps clock synchronization"),
        (["rsyslog", "syslog", "journal"], "audit log record storage"),
        (["nginx", "httpd", "apache", "ssl"], "web server transmission"),
        (["usbguard"], "device identification connect"),
        (["limits"], "concurrent session"),
        (["logind"], "session termination inactivity"),
        (["firewall", "iptables", "nftables"], "boundary protection traffic"),
        (["selinux", "apparmor"], "access enforcement mandatory"),
    ]

    /// Words of settings behind the words of controls.
    private static let terms: [(String, words: String)] = [
        (
            "password authenticator complexity",
            "minlen minclass dcredit ucredit lcredit ocredit difok maxrepeat maxclassrepeat dictcheck retry"
        ),
        (
            "password authenticator management",
            "passwd password pass pwd shadow opasswd remember nullok pwhistory pwquality pwpolicy"
        ),
        ("cryptographic authenticator protection", "crypt sha512 rounds hash yescrypt md5"),
        ("privileged account", "root admin superuser superusers administrator"),
        ("logon", "login logon logins lastlog"),
        ("unsuccessful logon attempts", "deny unlock fail tally tally2 faillock tries retries lockout"),
        ("inactivity session termination disconnect", "timeout idle tmout alive inactive inactivity grace"),
        ("device lock", "lock screensaver lockscreen screen"),
        ("system use notification", "banner issue motd notice"),
        (
            "cryptographic protection transmission confidentiality integrity",
            "cipher ciphers macs kex ssl tls https crypto policies encrypt encryption protocols"
        ),
        ("cryptographic", "fips fips140"),
        ("public key certificate", "cert certs certificate certfile ca key pem crt pki"),
        (
            "identification authentication",
            "rhosts hostbased gssapi kerberos auth authentication pubkey anonymous guest ntlm lm"
        ),
        ("multifactor authentication", "smartcard pkcs11 card ocsp"),
        ("privileged functions execution", "sudo sudoedit su setuid euid suid execve privileged nopasswd lua uac"),
        ("access control", "selinux apparmor mac semanage setsebool chcon acl setfacl"),
        ("account management", "group gshadow useradd usermod groupmod usergroup accounts"),
        (
            "denial service boundary protection flow",
            "redirects redirect route martians icmp syncookies ipv4 ipv6 ip tcp filter forward forwarding ra"
        ),
        ("boundary protection", "firewall iptables nftables ufw zone zeroconf"),
        (
            "memory protection isolation",
            """
            randomize kptr dmesg ptrace yama nx smep smap pti slub page poison init bpf kexec kernel vsyscall spec \
            mds l1tf stack protector strict rwx
            """
        ),
        (
            "least functionality",
            "blacklist install nodev nosuid noexec disable disabled noauto x11 false smb1 telnet rsh"
        ),
        (
            "removable media",
            """
            usb storage cramfs udf vfat squashfs hfs hfsplus jffs2 automount media cdrom nousb nodev nosuid noexec \
            shm autorun autoplay
            """
        ),
        ("wireless access", "bluetooth wireless wifi cfg80211 iwlwifi"),
        ("access permissions", "umask perm mode chmod chown fchmod fchown lchown setxattr removexattr"),
        ("concurrent session control", "maxlogins maxsessions sessions"),
        ("software integrity", "gpgcheck gpg localpkg repo signature sig aide integrity ima"),
        ("audit log storage capacity", "space disk full num rotate backlog maxsize retention maxage maxbackup"),
        ("audit logging failure response alert", "action error email mail acct halt"),
        ("transfer audit log", "remote syslog plugin imtcp omfwd"),
        ("event logging audit record generation", "audit auid wa log logging syslogfacility loglevel syscall"),
        ("time stamps synchronization", "ntp chrony chronyd maxpoll adjtimex settimeofday stime clock localtime"),
        ("error handling", "core coredump dump dumpable crash"),
        ("least privilege", "protected fifos hardlinks symlinks perf nousers"),
        ("protection information rest cryptographic", "encrypted passphrase luks aescbc aesgcm"),
        ("flaw remediation updates", "update updates upgrade patch"),
    ]
}
