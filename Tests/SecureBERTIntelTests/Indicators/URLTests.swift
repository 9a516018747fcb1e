import SecureBERTIntel
import Testing

@Suite struct URLTests {
    @Test(arguments: [
        ("see http://evil.com/a/b.php?id=1#x now", ["http://evil.com/a/b.php?id=1#x"]),
        ("HTTPS://Evil.COM/Path", ["https://evil.com/Path"]),
        ("ftp://user:p4ss@evil.com:2121/x", ["ftp://user:p4ss@evil.com:2121/x"]),
        ("http://[2001:db8::1]:8080/x", ["http://[2001:db8::1]:8080/x"]),
        ("http://10.1.1.1:4444", ["http://10.1.1.1:4444"]),
        ("http://localhost:8080/x http://intranet/y", ["http://localhost:8080/x", "http://intranet/y"]),
        ("ldap://evil.net:1389/a ${jndi:ldaps://e.com/x}", ["ldap://evil.net:1389/a", "ldaps://e.com/x"]),
        ("tcp://1.2.3.4:99 ws://a.io/s wss://a.io/s", ["tcp://1.2.3.4:99", "ws://a.io/s", "wss://a.io/s"]),
        ("file:///C:/x.hta", ["file:///C:/x.hta"]),
        ("linkhttp://evil.com/x", ["http://evil.com/x"]),
        ("evil.com/gate.php and 1.2.3.4:81/x", ["evil.com/gate.php", "1.2.3.4:81/x"]),
        ("transfer.sh/abc", ["transfer.sh/abc"]),
        ("http://evil.com?x=1", ["http://evil.com?x=1"]),
    ])
    func urls(text: String, values: [String]) { #expect(extracted(text) == values.map { "url \($0)" }) }

    /// Only the URL, without what is around it.
    @Test(arguments: [
        ("Go to http://e.com/a.", "http://e.com/a"), ("(http://e.com/a)", "http://e.com/a"),
        ("http://e.com/a_(b)", "http://e.com/a_(b)"), ("[x](http://e.com/a_(b)),", "http://e.com/a_(b)"),
        ("<http://e.com/a>", "http://e.com/a"), ("\"http://e.com/a\"", "http://e.com/a"),
        ("'http://e.com/a'", "http://e.com/a"),
        ("“http://e.com/a”", "http://e.com/a"), ("***http://e.com/a***", "http://e.com/a"),
        ("http://e.com/a|b", "http://e.com/a"),
        ("_http://e.com/a_", "http://e.com/a"), ("http://e.com/a_", "http://e.com/a_"),
        ("http://e.com/a\\r\\n", "http://e.com/a"),
        ("http://e.com/a...", "http://e.com/a"), ("http://e.com/a,b", "http://e.com/a,b"),
        ("http://e.com/a!", "http://e.com/a"),
        ("访问http://e.com/a。", "http://e.com/a"), ("http://e.com/a下载", "http://e.com/a"),
        ("http://e.com.", "http://e.com"),
        ("{\"u\":\"http://e.com/a\"}", "http://e.com/a"), ("http://e.com/é", "http://e.com/é"),
        ("http://e.com/", "http://e.com/"),
    ])
    func ends(text: String, url: String) { #expect(extractedTexts(text) == [url]) }

    @Test func separatedByCommas() {
        #expect(
            extractedTexts("http://a.com/x,http://b.com/y;hxxps://c.com/z") == [
                "http://a.com/x", "http://b.com/y", "hxxps://c.com/z",
            ])
    }

    @Test(arguments: [
        "http://", "http:// x", "http://<host>/x", "http://%s/x", "http://http://", "foo://bar/x", "http:///x",
    ])
    func noHost(text: String) { #expect(extracted(text) == []) }

    /// Of indicators inside of each other only the outermost is given.
    @Test(arguments: [
        ("http://evil.com/d41d8cd98f00b204e9800998ecf8427e/CVE-2021-44228/a.exe", 1),
        ("C:\\Users\\x\\evil.exe", 1), ("user@evil.com", 1), ("1.2.3.0/24", 1), ("https://1.2.3.4/x", 1),
        ("/tmp/d41d8cd98f00b204e9800998ecf8427e", 1), ("exploit-CVE-2021-44228.py", 1),
        ("http://evil.com/x http://evil.com/x", 2),
    ])
    func outermost(text: String, count: Int) { #expect(extracted(text).count == count) }
}
