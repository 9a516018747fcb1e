extension Indicator {
    /// The value so that no program makes a link of it: "hxxps[:]//evil[.]com/gate.php", "user[@]evil[.]com",
    /// "1[.]2[.]3[.]4:8080", "2001[:]db8[:][:]1". Values that are not links stay as they are. `IndicatorExtractor`
    /// reads it as the same value.
    public var defanged: String {
        switch type {
        case .url: defangedURL
        case .domain, .ipv4: Self.bracketed(value) + (port.map { ":\($0)" } ?? "")
        case .ipv6:
            if let port { "[\(Self.bracketed(value))]:\(port)" } else { Self.bracketed(value) }
        case .cidr, .email: Self.bracketed(value)
        default: value
        }
    }

    private var defangedURL: String {
        guard let colon = value.firstIndex(of: ":"), value[colon...].hasPrefix("://"),
            value[..<colon].utf8.allSatisfy(\.isLetter)
        else {
            let end = value.firstIndex(of: "/") ?? value.endIndex
            return Self.bracketed(value[..<end], ".") + value[end...]
        }
        let scheme = value[..<colon]
        let rest = value[colon...].dropFirst(3)
        let end = rest.firstIndex { "/?#".contains($0) } ?? rest.endIndex
        let name = scheme.hasPrefix("http") ? "hxxp" + scheme.dropFirst(4) : scheme
        return name + "[:]//" + Self.bracketed(rest[..<end], ".@") + rest[end...]
    }

    /// With brackets around every dot, colon and at sign, or around other marks.
    private static func bracketed(_ text: some StringProtocol, _ marks: String = ".:@") -> String {
        text.reduce(into: "") { result, character in
            if marks.contains(character) { result += "[\(character)]" } else { result.append(character) }
        }
    }
}
