import SecureBERTServer
import Testing

@Suite("API keys")
struct APIKeysTests {
    @Test("A new key is found by itself and by nothing else")
    func newKey() throws {
        let (key, line) = APIKeys.make(name: "soc")
        #expect(!line.contains(key.dropFirst(3)))
        let keys = try APIKeys(text: "# comment\n\n\(line) per-minute=10\n", path: "keys")
        #expect(keys.name(ofKey: key) == "soc")
        #expect(keys.name(ofKey: String(key.dropLast())) == nil)
        #expect(keys.name(ofKey: "") == nil)
        #expect(keys.name(ofKey: String(line.split(separator: " ")[1])) == nil, "the digest is no key")
        #expect(APIKeys.make(name: "soc").key != key)
    }

    @Test(
        "A line that is no key is named with its number",
        arguments: [
            ("", "has no keys"), ("soc", "line 1"), ("soc xyz", "line 1"),
            ("# a\nsoc \(digest) per-minute=0", "line 2"),
            ("soc \(digest) daily=5", "daily=5"), ("soc \(digest)\nsoc \(digest)", "occurs twice"),
            ("soc \(digest.dropLast())", "64 hexadecimal digits"),
        ])
    func malformed(text: String, expected: String) {
        let problem = #expect(throws: APIKeys.Problem.self) { try APIKeys(text: text, path: "keys.txt") }
        #expect(problem?.description.contains(expected) == true, "\(problem?.description ?? "")")
        #expect(problem?.description.hasPrefix("keys.txt") == true)
    }

    @Test("A key may make so many requests a minute, then has to wait as long as it takes for the next")
    func perMinute() throws {
        let limiter = RateLimiter(.init(perMinute: 60))
        let start = ContinuousClock.now
        for _ in 0..<60 { try limiter.begin(now: start) }
        let error = #expect(throws: APIError.self) { try limiter.begin(now: start) }
        #expect(error?.kind == .overloaded)
        #expect(error?.retryAfter == "1")
        try limiter.begin(now: start + .seconds(1))
        #expect(throws: APIError.self) { try limiter.begin(now: start + .seconds(1)) }
    }

    @Test("A key may have so many requests at once")
    func concurrent() throws {
        let limiter = RateLimiter(.init(concurrent: 2))
        try limiter.begin()
        try limiter.begin()
        #expect(throws: APIError.self) { try limiter.begin() }
        limiter.end()
        try limiter.begin()
    }
}

private let digest = String(repeating: "0f", count: 32)
