/// A host name: labels of letters, digits, hyphens and underscores, at most 63 bytes each and 253 together (RFC 1035;
/// underscores as in service names, letters beyond ASCII as in internationalized names).
struct HostName {
    /// In lower case.
    let labels: [Substring]
    /// In lower case.
    let name: String

    init?(_ range: Range<Int>, in text: RefangedText) {
        guard (1...253).contains(range.count) else { return nil }
        name = text.lowercased(range)
        labels = name.split(separator: ".", omittingEmptySubsequences: false)
        let areLabels = labels.allSatisfy { label in
            (1...63).contains(label.utf8.count) && label.utf8.first != UInt8(ascii: "-")
                && label.utf8.last != UInt8(ascii: "-")
        }
        guard areLabels else { return nil }
    }

    /// How many labels the public suffix has; nil unless the name is registered below one: a known top-level domain,
    /// and a label before the suffix that can be registered.
    var suffixLabels: Int? {
        guard let count = PublicSuffixes.labelCount(labels, includingPrivate: false), labels.count > count else {
            return nil
        }
        return labels[labels.count - count - 1].utf8.contains(UInt8(ascii: "_")) ? nil : count
    }
}
