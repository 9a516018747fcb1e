import SecureBERTIntel
import Testing

/// Paths, names of files, keys of the registry.
@Suite struct PathTests {
    @Test(arguments: [
        (#"It drops C:\Windows\Temp\a.exe, then"#, #"C:\Windows\Temp\a.exe"#), (#"c:/temp/x.bat."#, "c:/temp/x.bat"),
        (#"in C:\Program Files\Common Files\x.dll and"#, #"C:\Program Files\Common Files\x.dll"#),
        (#"in C:\Program Files (x86)\Evil Corp\x.dll"#, #"C:\Program Files (x86)\Evil Corp\x.dll"#),
        (#"under C:\Program Files is"#, #"C:\Program Files"#),
        (#"(C:\Users\Public\my file.exe)"#, #"C:\Users\Public\my file.exe"#),
        (#"C:\Documents and Settings\All Users\x.exe"#, #"C:\Documents and Settings\All Users\x.exe"#),
        (#"the folder C:\Temp and the file b.exe"#, #"C:\Temp"#), (#"run C:\a\b.exe with C:\c.txt"#, #"C:\a\b.exe"#),
        (#"cmd C:\a\b.exe \\srv\x"#, #"C:\a\b.exe"#), (#"rundll32 C:\a\b.dll,Start"#, #"C:\a\b.dll"#),
        (#""C:\My Files\readme first" is"#, #"C:\My Files\readme first"#), (#""C:\a\b.exe /c x""#, #"C:\a\b.exe"#),
        (#"“C:\ProgramData\AAM Updates”"#, #"C:\ProgramData\AAM Updates"#),
        (#"*C:\Windows\x.exe*"#, #"C:\Windows\x.exe"#),
        (#"<v>C:\Windows\system32\</v>"#, #"C:\Windows\system32\"#),
        (#"C:\Users\<user>\AppData\x.js"#, #"C:\Users\<user>\AppData\x.js"#),
        (#"C:\Users\*\AppData"#, #"C:\Users\*\AppData"#),
        (#"%APPDATA%\Microsoft\x.lnk"#, #"%APPDATA%\Microsoft\x.lnk"#),
        (#"$env:TEMP\x.ps1"#, #"$env:TEMP\x.ps1"#), (#"\\fileserver\share$\a b.doc"#, #"\\fileserver\share$\a b.doc"#),
        (#"opens \\.\pipe\evil_1."#, #"\\.\pipe\evil_1"#), (#"CSIDL_PROFILE\x.exe"#, #"CSIDL_PROFILE\x.exe"#),
        (#"C:\Users\Müller\x.exe"#, #"C:\Users\Müller\x.exe"#),
    ])
    func windows(text: String, path: String) { #expect(extracted(text).first == "file-path \(path)") }

    @Test(arguments: [
        (#"C:\\Windows\\x.exe"#, #"C:\Windows\x.exe"#), (#"\\\\srv\\share\\x.exe"#, #"\\srv\share\x.exe"#),
        (#"%TEMP%\\x.exe"#, #"%TEMP%\x.exe"#),
    ])
    func doubledBackslashes(text: String, value: String) throws {
        let indicator = try #require(IndicatorExtractor()(text).first)
        #expect(indicator.value == value && indicator.text == text)
    }

    @Test(arguments: [
        "from /etc/passwd.": "/etc/passwd", "cat /tmp/.x/y;": "/tmp/.x/y",
        "in ~/.ssh/authorized_keys": "~/.ssh/authorized_keys",
        "2>/dev/null": "/dev/null", "(/root/)": "/root/", "PATH=/opt/x/bin:": "/opt/x/bin",
        "`/usr/bin/curl`": "/usr/bin/curl",
        "/Library/Application Support/x.plist": "/Library/Application Support/x.plist",
        "/Users/a/Library/My\\ App/x": "/Users/a/Library/My\\ App/x", "/proc/[pid]/maps": "/proc/[pid]/maps",
        "/home/<user>/x": "/home/<user>/x", "/foo/bar/baz": "/foo/bar/baz", "**/tmp/x**": "/tmp/x",
        "sh {/bin/sh}": "/bin/sh",
    ])
    func unix(text: String, path: String) { #expect(extracted(text) == ["file-path \(path)"]) }

    @Test(arguments: [
        "and/or", "TCP/IP", "1/2", "/24 and /32", "</a/b>", "[x](/us/blog/post.exe)", "GET /a/b/c HTTP",
        "on 01/02/2021",
        "cmd /c /create",
        "//comment/here", "oss://bucket/a/b", #"C:\"#, #"C:"#, #"\x90\x90"#, #"\\n\x"#, "%20%41/x", "%%/x", "~", "//",
        "/1/2/3",
        "*/ /* x", "s/foo/bar/", #"\\Users\\x"#,
    ])
    func noPath(text: String) { #expect(extracted(text) == []) }

    @Test(arguments: [
        ("It drops evil.exe and READ-ME_now.txt.", ["evil.exe", "READ-ME_now.txt"]),
        ("a.ps1, b.docm; c.tar.gz", ["a.ps1", "b.docm", "c.tar.gz"]),
        ("run.py README.md archive.zip evil.sh", ["run.py", "README.md", "archive.zip", "evil.sh"]),
        ("libssl.so.1.1 and libc.so.6", ["libssl.so.1.1", "libc.so.6"]), ("KERNEL32.DLL!Sleep", ["KERNEL32.DLL"]),
        ("evil.exe.The", ["evil.exe"]), ("invoice.pdf.exe", ["invoice.pdf.exe"]), ("Safari.app", ["Safari.app"]),
        ("__init__.py", ["__init__.py"]), ("a “Press Note July-SCO.docm” b", ["Press Note July-SCO.docm"]),
        ("'Fake Invoice 3.zip'", ["Fake Invoice 3.zip"]), ("File Name: Press Note.docm\n", ["Press Note.docm"]),
        ("\"run the evil.exe\"", ["evil.exe"]), ("'First.exe and Second.exe'", ["First.exe", "Second.exe"]),
    ])
    func names(text: String, expected: [String]) { #expect(extracted(text) == expected.map { "file-name \($0)" }) }

    @Test(arguments: [
        "Node.js", "node.js", "Trojan.JS", "Exploit.PDF", "such as.exe and or.scr", "a .docx file", "*.exe",
        "console.log(x)", "attack.Log",
        "System.Xml", "D.C", "3.5", "version.next", "exe",
    ])
    func noName(text: String) { #expect(extracted(text) == []) }

    @Test(arguments: [
        (
            #"HKLM\SOFTWARE\Microsoft\Windows\CurrentVersion\Run."#,
            #"HKLM\SOFTWARE\Microsoft\Windows\CurrentVersion\Run"#
        ),
        (#"HKEY_CURRENT_USER\Software\Evil was set"#, #"HKEY_CURRENT_USER\Software\Evil"#),
        (#"HKCU:\Software\Classes\x"#, #"HKCU\Software\Classes\x"#), (#"Computer\HKEY_USERS\a\b"#, #"HKEY_USERS\a\b"#),
        (#"HKLM\\SYSTEM\\Select"#, #"HKLM\SYSTEM\Select"#),
        (
            #"HKLM\SOFTWARE\Microsoft\Windows NT\CurrentVersion\Image File Execution Options to"#,
            #"HKLM\SOFTWARE\Microsoft\Windows NT\CurrentVersion\Image File Execution Options"#
        ),
        (#"HKCU\Software\Evil Corp Ltd\Key is"#, #"HKCU\Software\Evil Corp Ltd\Key"#),
        (#"HKLM\SYSTEM\Foo HKLM\SYSTEM\Bar"#, #"HKLM\SYSTEM\Foo"#),
        (#"HKCU\Software\A and HKCU\Software\B"#, #"HKCU\Software\A"#),
        (#"HKCU\Control Panel\Desktop"#, #"HKCU\Control Panel\Desktop"#), (#"[HKLM\SYSTEM\x]"#, #"HKLM\SYSTEM\x"#),
        (#"HKCR\CLSID\{7c857801-7381-11cf}\x"#, #"HKCR\CLSID\{7c857801-7381-11cf}\x"#),
        (#""HKLM\a\b" /v c"#, #"HKLM\a\b"#),
        (#"HKLM\Software\Policies\Chrome\"#, #"HKLM\Software\Policies\Chrome"#), (#"HKLM\a\Run: x"#, #"HKLM\a\Run"#),
        (#"HKEY\_LOCAL\_MACHINE\Software\x"#, #"HKEY_LOCAL_MACHINE\Software\x"#),
        (#"HKLM\a\<version>\b"#, #"HKLM\a\<version>\b"#), (#""HKLM\a\Windows x64\b c" is"#, #"HKLM\a\Windows x64\b c"#),
        (#""HKLM\a\b /v x""#, #"HKLM\a\b"#),
    ])
    func registry(text: String, key: String) { #expect(extracted(text).first == "registry-key \(key)") }

    @Test(arguments: ["HKLM", "HKEY_LOCAL_MACHINE hive", #"HKLM\"#, #"HKXX\a"#, "HKLM: x", #"HKEY_FOO\a"#])
    func noKey(text: String) { #expect(extracted(text) == []) }
}
