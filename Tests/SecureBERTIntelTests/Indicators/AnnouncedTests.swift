import SecureBERTIntel
import Testing

/// What is known by the words around it: mutexes, user agents, names of rules.
@Suite struct AnnouncedTests {
    @Test(arguments: [
        (#"creates Global\{8AC0A1B2-11} to"#, [#"Global\{8AC0A1B2-11}"#]), (#"Local\Evil_Mtx."#, [#"Local\Evil_Mtx"#]),
        (#"Global\\EvilMtx"#, [#"Global\EvilMtx"#]), ("the mutex \"Don't run\" is", ["Don't run"]),
        ("a mutex named XYZ_1 exists", ["XYZ_1"]),
        ("Mutex: AsyncMutex_6SI8OkPnk", ["AsyncMutex_6SI8OkPnk"]), ("mutex name is ‘abcdef’.", ["abcdef"]),
        ("mutex called HelloWorld", ["HelloWorld"]),
        ("mutex “a–b” c", []), ("mutex “abc” d", ["abc"]),
        ("mutex DCPERSFWBP", []), ("mutex DC_MUTEX-1", ["DC_MUTEX-1"]), (#""Mutex": "QSR_MUTEX_x""#, ["QSR_MUTEX_x"]),
        (#""Mutex": "-""#, []), ("the mutex is used to", []), ("mutex_lock(&m->mutex);", []), ("mutexes", []),
        ("Mutex: none", []),
        (#"AppData\Local\Evil"#, []), (#"Local\Temp"#, []), (#"LOCAL\admin"#, []), ("calls CreateMutexA", []),
        ("mutex CreateMutexA", []),
    ])
    func mutexes(text: String, expected: [String]) { #expect(extracted(text) == expected.map { "mutex \($0)" }) }

    static let browser =
        "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/91.0.44 Safari/537.36"

    @Test(arguments: [
        ("used \(browser) for all", [browser]), ("User-Agent: \(browser)\nHost", [browser]),
        ("ua=\"\(browser)\"", [browser]),
        ("Mozilla/4.0 (compatible; MSIE 6.0) was", ["Mozilla/4.0 (compatible; MSIE 6.0)"]),
        ("Mozilla/5.0 (X11; rv:1.0) like Gecko.", ["Mozilla/5.0 (X11; rv:1.0) like Gecko"]),
        (
            "Mozilla/5.0 (Linux) Version/4.0 Mobile Safari/537.36",
            ["Mozilla/5.0 (Linux) Version/4.0 Mobile Safari/537.36"]
        ),
        ("python-requests/2.25.1 and curl/7.68.0.", ["python-requests/2.25.1", "curl/7.68.0"]),
        ("the user agent string \"Evil Bot\" is", ["Evil Bot"]), ("User-Agent: Evil Loader\r\n", ["Evil Loader"]),
        ("the User-Agent: header is", []), ("the user agent of the victim", []),
        (#"content:"User-Agent|3a 20|WinHTTP loader/1."; x"#, ["WinHTTP loader/1."]),
        (#"content:"User-Agent|3a 20|"; content:"y""#, []),
        (#"{"User-Agent": "Evil/1.0 x"}"#, ["Evil/1.0 x"]), (#"("User-Agent", "x")"#, []), ("Mozilla Firefox", []),
        ("User-Agent:", []),
        ("useragent=Evil/1.2", ["Evil/1.2"]),
    ])
    func userAgents(text: String, expected: [String]) {
        #expect(extracted(text) == expected.map { "user-agent \($0)" })
    }

    @Test(arguments: [
        ("rule APT_Evil_1 {", ["APT_Evil_1"]), ("rule Evil : apt tag2\n{", ["Evil"]),
        ("private rule x1\n{ strings", ["x1"]),
        ("see YARA rule MAL_Evil_Jan21 here", ["MAL_Evil_Jan21"]), ("YARA rule: \"MAL_Evil\"", ["MAL_Evil"]),
        ("rule of thumb", []), ("rule: x", []), ("YARA rule below", []), ("Rule 1 {", []), ("rules x {", []),
        ("rule a b {", []),
        ("rule here: see, {", []),
    ])
    func yara(text: String, expected: [String]) { #expect(extracted(text) == expected.map { "yara-rule \($0)" }) }

    @Test(arguments: [
        ("Sigma rule: Suspicious Encoded PowerShell.", ["Suspicious Encoded PowerShell"]),
        ("the Sigma rule \"Mimikatz Use\" fires", ["Mimikatz Use"]), ("sigma rule named 'Evil x'", ["Evil x"]),
        ("Sigma rules are", []), ("sigma rule for this", []), ("Sigma rule:", []),
    ])
    func sigma(text: String, expected: [String]) { #expect(extracted(text) == expected.map { "sigma-rule \($0)" }) }
}
